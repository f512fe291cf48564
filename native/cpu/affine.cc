/* Affine functions of each channel with an activation: batch norms, residual sums, activations alone. */
#include <algorithm>

#include "operation.h"

namespace wht {
namespace {

class Affine final : public Operation {
 public:
  Affine(const wht_affine& d, MemoryPool& memory) : d_(d), by_channel_(d.scale != nullptr || d.shift != nullptr) {
    d_.scale = d_.shift = nullptr;
    if (!by_channel_) return;
    parameters_ = memory.allocate(static_cast<size_t>(parameter_bytes()));
    float* scale = static_cast<float*>(parameters_.get());
    float* shift = scale + d.channels;
    for (int32_t c = 0; c < d.channels; c++) {
      scale[c] = d.scale ? d.scale[c] : 1;
      shift[c] = d.shift ? d.shift[c] : 0;
    }
  }

  const char* name() const override { return "affine"; }

  int64_t parameter_bytes() const override { return by_channel_ ? int64_t{d_.channels} * 2 * static_cast<int64_t>(sizeof(float)) : 0; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    const int64_t size = element_size(d_.dtype), positions = shape.h * shape.w, c = shape.c;
    const auto compute = [&](int64_t first, int64_t rows, int64_t columns, const float* scale, const float* shift, bool by_row) {
      const int64_t at = first * size;
      const char* b = static_cast<const char*>(second_input);
      execution.kernels.affine(d_.dtype, d_.activation, static_cast<const char*>(input) + at, b ? b + at : nullptr, scale, shift, by_row,
                               static_cast<char*>(output) + at, rows, columns);
    };
    const float* scale = static_cast<const float*>(parameters_.get());
    const float* shift = scale == nullptr ? nullptr : scale + c;
    if (!by_channel_) {
      static const float kOne = 1, kZero = 0;
      execution.pool.run(shape.n * positions * c, kGrain,
                         [&](int64_t begin, int64_t end, int) { compute(begin, 1, end - begin, &kOne, &kZero, true); });
    } else if (d_.layout == WHT_NHWC) {
      execution.pool.run(shape.n * positions, std::max<int64_t>(1, kGrain / c),
                         [&](int64_t begin, int64_t end, int) { compute(begin * c, end - begin, c, scale, shift, false); });
    } else {
      execution.pool.run(shape.n * c, std::max<int64_t>(1, kGrain / positions), [&](int64_t begin, int64_t end, int) {
        for (int64_t plane = begin, count = 0; plane < end; plane += count) {
          const int64_t channel = plane % c;
          count = std::min(end - plane, c - channel);
          compute(plane * positions, count, positions, scale + channel, shift + channel, true);
        }
      });
    }
  }

 private:
  wht_affine d_;
  bool by_channel_;
  std::shared_ptr<void> parameters_;
};

}  // namespace

OperationPointer make_affine(const wht_affine& description, MemoryPool& memory) { return std::make_shared<Affine>(description, memory); }

}  // namespace wht
