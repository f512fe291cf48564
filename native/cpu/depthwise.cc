/*
 * Depthwise convolution. NHWC: straight over the input, row by row of the output; the pixels whose patches reach over the left or right
 * edge are computed one by one with the taps that are left. NCHW: plane by plane, through a copy of some rows that has been padded with
 * zeros and, for a stride s, split into every s-th column, so that all that the kernel reads is contiguous.
 */
#include "depthwise.h"

#include <algorithm>
#include <cstring>

namespace wht {
namespace {

/* Multiplications that are worth handing to a thread. */
constexpr int64_t kGrain = 65536;
/* Floats of a padded copy of some rows: it stays in the second-level cache, with the outputs. */
constexpr int64_t kBandFloats = 32768;
/* Floats that a kernel may read beyond the last row of the copy. */
constexpr int64_t kOverread = 16;

class Depthwise final : public Operation {
 public:
  Depthwise(const wht_convolution& d, MemoryPool& memory) : d_(d), taps_(int64_t{d.kernel_size} * d.kernel_size) {
    d_.kernel = d_.scale = d_.bias = nullptr;
    parameters_ = memory.allocate(static_cast<size_t>(parameter_bytes()));
    kernel_ = static_cast<float*>(parameters_.get());
    bias_ = kernel_ + taps_ * d.out_channels;
    for_each_weight([&](int64_t given, int64_t at) { kernel_[at] = d.kernel[given]; });
    for (int64_t c = 0; c < d.out_channels; c++) bias_[c] = d.bias == nullptr ? 0 : d.bias[c];
    if (d.scale == nullptr) return;
    const size_t bytes = static_cast<size_t>(d.out_channels) * sizeof(float);
    scale_ = memory.allocate(bytes);
    std::memcpy(scale_.get(), d.scale, bytes);
  }

  const char* name() const override { return "convolution"; }

  int64_t parameter_bytes() const override {
    return (taps_ + (scale_ == nullptr ? 1 : 2)) * d_.out_channels * static_cast<int64_t>(sizeof(float));
  }

  void parameters(float* kernel, float* bias) const override {
    for_each_weight([&](int64_t given, int64_t at) { kernel[given] = kernel_[at]; });
    if (bias != nullptr) std::copy(bias_, bias_ + d_.out_channels, bias);
  }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const Map map{shape.n, shape.h, shape.w, (shape.h - 1) / d_.stride + 1, (shape.w - 1) / d_.stride + 1};
    if (d_.dtype == WHT_FLOAT32) {
      run_typed(execution, map, static_cast<const float*>(input), static_cast<float*>(output));
    } else {
      run_typed(execution, map, static_cast<const Half*>(input), static_cast<Half*>(output));
    }
  }

 private:
  struct Map {
    int64_t n, h, w, out_h, out_w;
  };

  /* Calls visit(index in OIHW, index in kernel_): in NHWC the channels of one tap lie side by side. */
  template <class Visit>
  void for_each_weight(const Visit& visit) const {
    for (int64_t c = 0; c < d_.out_channels; c++) {
      for (int64_t tap = 0; tap < taps_; tap++) {
        const int64_t given = c * taps_ + tap;
        visit(given, d_.layout == WHT_NHWC ? tap * d_.out_channels + c : given);
      }
    }
  }

  template <class T>
  void run_typed(Execution& execution, const Map& map, const T* x, T* y) const {
    if (d_.layout == WHT_NHWC) {
      run_rows(execution, map, x, y);
    } else {
      run_planes(execution, map, x, y);
    }
  }

  template <class T>
  void run_rows(Execution& execution, const Map& map, const T* x, T* y) const {
    const int64_t c = d_.out_channels, s = d_.stride, k = d_.kernel_size, pad = (k - 1) / 2;
    const Kernels& kernels = execution.kernels;
    // Output columns [first, last) have all of their taps inside of the map.
    const int64_t first = std::min(map.out_w, ceil_divide(pad, s));
    const int64_t last = std::max(first, map.w + pad < k ? 0 : std::min(map.out_w, (map.w + pad - k) / s + 1));
    execution.pool.run(map.n * map.out_h, grain(execution, map.n * map.out_h, map.out_w * c), [&](int64_t begin, int64_t end, int) {
      for (int64_t out_row = begin; out_row < end; out_row++) {
        const int64_t top = out_row % map.out_h * s - pad;
        const int64_t first_row = std::max<int64_t>(0, -top), last_row = std::min(k, map.h - top);
        DepthwiseRow row{};
        row.scale = static_cast<const float*>(scale_.get());
        row.bias = bias_;
        row.input_row = map.w * c;
        row.channels = c;
        row.kernel_size = d_.kernel_size;
        row.stride = d_.stride;
        row.rows = static_cast<int32_t>(last_row - first_row);
        row.dtype = d_.dtype;
        row.activation = d_.activation;
        const T* input = x + (out_row / map.out_h * map.h + top + first_row) * map.w * c;
        const auto run_pixels = [&](int64_t column, int64_t pixels) {
          const int64_t left = column * s - pad;
          const int64_t first_tap = std::max<int64_t>(0, -left), last_tap = std::min(k, map.w - left);
          row.input = input + (left + first_tap) * c;
          row.output = y + (out_row * map.out_w + column) * c;
          row.weights = kernel_ + (first_row * k + first_tap) * c;
          row.columns = static_cast<int32_t>(last_tap - first_tap);
          row.pixels = pixels;
          kernels.depthwise(row);
        };
        for (int64_t column = 0; column < first; column++) run_pixels(column, 1);
        if (last > first) run_pixels(first, last - first);
        for (int64_t column = last; column < map.out_w; column++) run_pixels(column, 1);
      }
    });
  }

  template <class T>
  void run_planes(Execution& execution, const Map& map, const T* x, T* y) const {
    const int64_t s = d_.stride, k = d_.kernel_size, multiplier = d_.out_channels / d_.in_channels;
    const Kernels& kernels = execution.kernels;
    // Column j s + p of the padded input is at [p][j] of its row in the copy.
    const int64_t phases = std::min(s, k), phase_columns = map.out_w + (k - 1) / s, row_floats = phases * phase_columns;
    const int64_t band_rows = std::min(map.out_h, std::max<int64_t>(1, (kBandFloats / row_floats - k) / s + 1));
    const int64_t bands = ceil_divide(map.out_h, band_rows);
    const int64_t band_floats = ((band_rows - 1) * s + k) * row_floats + kOverread;
    const int64_t offset_floats = taps_ * static_cast<int64_t>(sizeof(int64_t) / sizeof(float));
    // Rounded, so that what lies behind it in each thread's scratch memory is aligned.
    const int64_t scratch_floats = ceil_divide(offset_floats + band_floats + map.w, 16) * 16;
    float* scratch = execution.scratch(scratch_floats);
    const int64_t units = map.n * d_.in_channels * bands;
    execution.pool.run(units, grain(execution, units, band_rows * map.out_w * multiplier), [&](int64_t begin, int64_t end, int thread) {
      int64_t* offsets = reinterpret_cast<int64_t*>(scratch + scratch_floats * thread);
      float* band = scratch + scratch_floats * thread + offset_floats;
      float* floats = band + band_floats;
      for (int64_t tap = 0; tap < taps_; tap++) offsets[tap] = tap / k * row_floats + tap % k % s * phase_columns + tap % k / s;
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t plane = unit / bands, first = unit % bands * band_rows;
        DepthwisePlane work{};
        work.input = band;
        work.tap_offsets = offsets;
        work.input_row = row_floats * s;
        work.rows = std::min(band_rows, map.out_h - first);
        work.columns = map.out_w;
        work.taps = static_cast<int32_t>(taps_);
        work.dtype = d_.dtype;
        work.activation = d_.activation;
        const T* input = x + plane * map.h * map.w;
        for (int64_t row = 0; row < (work.rows - 1) * s + k; row++) {
          if (row % s >= k) continue;
          const int64_t from = first * s + row - (k - 1) / 2;
          const bool inside = from >= 0 && from < map.h;
          split_row(inside ? in_floats(kernels, input + from * map.w, map.w, floats) : nullptr, map.w, phases, phase_columns,
                    band + row * row_floats);
        }
        for (int64_t i = 0; i < multiplier; i++) {
          const int64_t channel = plane % d_.in_channels * multiplier + i;
          work.output = y + ((plane / d_.in_channels * d_.out_channels + channel) * map.out_h + first) * map.out_w;
          work.weights = kernel_ + channel * taps_;
          work.scale = scale_ == nullptr ? 1 : static_cast<const float*>(scale_.get())[channel];
          work.bias = bias_[channel];
          kernels.depthwise_plane(work);
        }
      }
    });
  }

  static const float* in_floats(const Kernels&, const float* row, int64_t, float*) { return row; }
  static const float* in_floats(const Kernels& kernels, const Half* row, int64_t count, float* floats) {
    kernels.to_float(row, floats, count);
    return floats;
  }

  /* One row of the copy; NULL is a row of zeros. */
  void split_row(const float* row, int64_t width, int64_t phases, int64_t phase_columns, float* split) const {
    if (row == nullptr) {
      std::fill(split, split + phases * phase_columns, 0.0f);
      return;
    }
    const int64_t s = d_.stride, pad = (d_.kernel_size - 1) / 2;
    for (int64_t phase = 0; phase < phases; phase++) {
      float* target = split + phase * phase_columns;
      // Columns [first, last) of this phase are inside of the map.
      const int64_t first = std::min(phase_columns, phase < pad ? ceil_divide(pad - phase, s) : 0);
      const int64_t last = std::max(first, std::min(phase_columns, width + pad > phase ? ceil_divide(width + pad - phase, s) : 0));
      const float* source = row + phase - pad;
      std::fill(target, target + first, 0.0f);
      if (s == 1) {
        std::copy(source + first, source + last, target + first);
      } else if (s == 2) {  // known to the compiler, which makes vectors of it
        for (int64_t column = first; column < last; column++) target[column] = source[column * 2];
      } else {
        for (int64_t column = first; column < last; column++) target[column] = source[column * s];
      }
      std::fill(target + last, target + phase_columns, 0.0f);
    }
  }

  /* Units that a thread takes at once, of so many outputs each. */
  int64_t grain(const Execution& execution, int64_t units, int64_t outputs) const {
    return std::max<int64_t>(1, std::min(units / (execution.pool.threads() * int64_t{4}), kGrain / (outputs * taps_)));
  }

  wht_convolution d_;
  int64_t taps_;
  std::shared_ptr<void> parameters_, scale_;
  float *kernel_, *bias_;
};

}  // namespace

OperationPointer make_depthwise(const wht_convolution& description, MemoryPool& memory) {
  return std::make_shared<Depthwise>(description, memory);
}

}  // namespace wht
