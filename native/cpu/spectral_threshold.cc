/* Thresholds of a spectrum that lies in memory: between transforms with something else, such as a convolution, among them. */
#include <algorithm>

#include "operation.h"

namespace wht {
namespace {

class SpectralThreshold final : public Operation {
 public:
  SpectralThreshold(const wht_spectral_threshold& d, MemoryPool& memory) : d_(d) {
    d_.thresholds = d_.weights = nullptr;
    parameters_ = memory.allocate(static_cast<size_t>(parameter_bytes()));
    float* weights = static_cast<float*>(parameters_.get());
    float* thresholds = weights + d.points;
    for (int32_t k = 0; k < d.points; k++) {
      weights[k] = d.weights ? d.weights[k] : 1;
      thresholds[k] = d.thresholds ? d.thresholds[k] : 0;
    }
  }

  const char* name() const override { return "spectral threshold"; }

  int64_t parameter_bytes() const override { return int64_t{d_.points} * 2 * static_cast<int64_t>(sizeof(float)); }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    // Points are columns where they lie next to each other; otherwise each has a row of channels or positions.
    const int64_t positions = shape.h * shape.w, points = d_.points;
    const int64_t others = d_.over_plane ? shape.c : positions;
    const bool by_row = (d_.over_plane != 0) == (d_.layout == WHT_NHWC);
    const int64_t window = d_.window;
    const int64_t rows_of_image = by_row ? points / window : others;

    SpectralRows prototype{};
    prototype.dtype = d_.dtype;
    prototype.nonlinearity = d_.nonlinearity;
    prototype.by_row = by_row;
    prototype.window = window;
    prototype.columns = by_row ? others : points;
    const float* weights = static_cast<const float*>(parameters_.get());
    const int64_t row_results = by_row ? others : points / window;
    const int64_t row_elements = row_results * window;
    const int64_t scratch_floats = by_row || window == 1 ? 0 : 2 * ceil_divide(points, kTileLanes) * kTileLanes;
    float* scratch = scratch_floats == 0 ? nullptr : execution.scratch(scratch_floats);
    const int64_t size = element_size(d_.dtype);

    execution.pool.run(shape.n * rows_of_image, std::max<int64_t>(1, kGrain / row_elements), [&](int64_t begin, int64_t end, int thread) {
      SpectralRows rows = prototype;
      for (int64_t row = begin; row < end; row += rows.rows) {
        // Parameters of rows start anew with each image.
        const int64_t first = by_row ? row % rows_of_image : 0;
        rows.rows = by_row ? std::min(end - row, rows_of_image - first) : end - begin;
        rows.weights = weights + first * window;
        rows.thresholds = rows.weights + points;
        rows.unchanged = std::max<int64_t>(0, d_.unchanged - first * window);
        const int64_t at = row * row_results * size;
        rows.input = static_cast<const char*>(input) + row * row_elements * size;
        rows.second_input = second_input == nullptr ? nullptr : static_cast<const char*>(second_input) + at;
        rows.output = static_cast<char*>(output) + at;
        execution.kernels.spectral_threshold(rows, scratch == nullptr ? nullptr : scratch + scratch_floats * thread);
      }
    });
  }

 private:
  wht_spectral_threshold d_;
  std::shared_ptr<void> parameters_;
};

}  // namespace

OperationPointer make_spectral_threshold(const wht_spectral_threshold& description, MemoryPool& memory) {
  return std::make_shared<SpectralThreshold>(description, memory);
}

}  // namespace wht
