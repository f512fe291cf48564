/* Binary functions, copies and averages: the operations that need no tiling. */
#include <algorithm>
#include <cstring>

#include "operation.h"

namespace wht {
namespace {

class Binary final : public Operation {
 public:
  explicit Binary(const wht_binary& description) : d_(description) {}

  const char* name() const override { return "binary"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    const char* a = static_cast<const char*>(input);
    const char* b = static_cast<const char*>(second_input);
    char* y = static_cast<char*>(output);
    const int64_t size = element_size(d_.dtype);
    const Kernels& kernels = execution.kernels;
    if (d_.broadcast != WHT_BROADCAST_CHANNELS) {
      execution.pool.run(shape.n * shape.h * shape.w * shape.c, kGrain, [&](int64_t begin, int64_t end, int) {
        kernels.binary(d_.dtype, d_.function, a + begin * size, b ? b + begin * size : nullptr, d_.scalar, y + begin * size, end - begin);
      });
      return;
    }
    // b has c values for each image: they lie along a row of NHWC, and each belongs to a whole plane of NCHW.
    const int64_t positions = shape.h * shape.w;
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t rows = nhwc ? shape.n * positions : shape.n * shape.c;
    const int64_t columns = nhwc ? shape.c : positions;
    execution.pool.run(rows, std::max<int64_t>(1, kGrain / columns), [&](int64_t begin, int64_t end, int) {
      for (int64_t row = begin; row < end; row++) {
        const int64_t at = row * columns * size;
        if (nhwc) {
          kernels.binary(d_.dtype, d_.function, a + at, b + row / positions * columns * size, 0, y + at, columns);
        } else {
          float scalar;
          if (d_.dtype == WHT_FLOAT16) {
            kernels.to_float(reinterpret_cast<const Half*>(b) + row, &scalar, 1);
          } else {
            scalar = reinterpret_cast<const float*>(b)[row];
          }
          kernels.binary(d_.dtype, d_.function, a + at, nullptr, scalar, y + at, columns);
        }
      }
    });
  }

 private:
  wht_binary d_;
};

class Copy final : public Operation {
 public:
  explicit Copy(const wht_copy& description) : d_(description) {}

  const char* name() const override { return "copy"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    if (input == output) return;
    const int64_t bytes = shape.n * shape.h * shape.w * shape.c * element_size(d_.dtype);
    // One range for each thread: memcpy is at its best on long ones.
    const int64_t grain = std::max<int64_t>(65536, ceil_divide(ceil_divide(bytes, execution.pool.threads()), 64) * 64);
    execution.pool.run(bytes, grain, [&](int64_t begin, int64_t end, int) {
      std::memcpy(static_cast<char*>(output) + begin, static_cast<const char*>(input) + begin, static_cast<size_t>(end - begin));
    });
  }

 private:
  wht_copy d_;
};

class GlobalAveragePool final : public Operation {
 public:
  explicit GlobalAveragePool(const wht_global_average_pool& description) : d_(description) {}

  const char* name() const override { return "global average pool"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const char* x = static_cast<const char*>(input);
    char* y = static_cast<char*>(output);
    const int64_t size = element_size(d_.dtype), positions = shape.h * shape.w, c = shape.c;
    const float scale = 1.0f / static_cast<float>(positions);
    const Kernels& kernels = execution.kernels;
    if (d_.layout == WHT_NCHW) {
      execution.pool.run(shape.n * c, std::max<int64_t>(1, kGrain / positions), [&](int64_t begin, int64_t end, int) {
        for (int64_t plane = begin; plane < end; plane++) {
          const float mean = kernels.mean(d_.dtype, x + plane * positions * size, positions, scale);
          if (d_.dtype == WHT_FLOAT16) {
            kernels.to_half(&mean, reinterpret_cast<Half*>(y) + plane, 1);
          } else {
            reinterpret_cast<float*>(y)[plane] = mean;
          }
        }
      });
      return;
    }
    constexpr int64_t kChannels = 64;
    const int64_t parts = ceil_divide(c, kChannels);
    execution.pool.run(shape.n * parts, std::max<int64_t>(1, kGrain / (positions * kChannels)), [&](int64_t begin, int64_t end, int) {
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t image = unit / parts, first = unit % parts * kChannels;
        kernels.mean_rows(d_.dtype, x + (image * positions * c + first) * size, positions, c, scale, y + (image * c + first) * size,
                          std::min(kChannels, c - first));
      }
    });
  }

 private:
  wht_global_average_pool d_;
};

}  // namespace

OperationPointer make_binary(const wht_binary& description) { return std::make_shared<Binary>(description); }
OperationPointer make_copy(const wht_copy& description) { return std::make_shared<Copy>(description); }
OperationPointer make_global_average_pool(const wht_global_average_pool& description) {
  return std::make_shared<GlobalAveragePool>(description);
}

}  // namespace wht
