/* The largest value or the mean of windows of a map. */
#include <algorithm>
#include <cmath>

#include "operation.h"

namespace wht {
namespace {

class Pool final : public Operation {
 public:
  explicit Pool(const wht_pool& description) : d_(description) {}

  const char* name() const override { return "pool"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const char* x = static_cast<const char*>(input);
    char* y = static_cast<char*>(output);
    if (d_.layout == WHT_NHWC) {
      pool_positions(execution, shape, x, y);
    } else {
      pool_planes(execution, shape, x, y);
    }
  }

 private:
  /* What a window covers of a side, without the padding. */
  struct Span {
    int64_t begin, end;
    int64_t length() const { return end - begin; }
  };

  Span span(int64_t at, int64_t side) const {
    const int64_t begin = at * d_.stride - d_.padding;
    return {std::max<int64_t>(0, begin), std::min<int64_t>(side, begin + d_.size)};
  }

  int64_t output_side(int64_t side) const { return (side + 2 * int64_t{d_.padding} - d_.size) / d_.stride + 1; }

  PoolWindow window(wht_dtype output_dtype) const {
    PoolWindow window{};
    window.input_dtype = d_.dtype;
    window.output_dtype = output_dtype;
    window.function = d_.function;
    window.scale = 1;
    return window;
  }

  /* NHWC: channels lie side by side, each window is pooled for all of them. */
  void pool_positions(Execution& execution, const wht_shape& shape, const char* x, char* y) const {
    const int64_t size = element_size(d_.dtype), h = shape.h, w = shape.w, c = shape.c;
    const int64_t out_h = output_side(h), out_w = output_side(w);
    const int64_t window_elements = std::min<int64_t>(d_.size, h) * std::min<int64_t>(d_.size, w) * c;
    const int64_t grain = std::max<int64_t>(1, kGrain / window_elements);
    execution.pool.run(shape.n * out_h * out_w, grain, [&](int64_t begin, int64_t end, int) {
      PoolWindow pooled = window(d_.dtype);
      pooled.row_stride = w * c;
      pooled.column_stride = c;
      for (int64_t at = begin; at < end; at++) {
        const int64_t image = at / (out_h * out_w);
        const Span rows = span(at / out_w % out_h, h), columns = span(at % out_w, w);
        pooled.rows = rows.length();
        pooled.columns = columns.length();
        pooled.scale = 1.0f / static_cast<float>(pooled.rows * pooled.columns);
        execution.kernels.pool(pooled, x + (((image * h + rows.begin) * w + columns.begin) * c) * size, y + at * c * size, c);
      }
    });
  }

  /* NCHW: the rows of a window are pooled into one first, for all columns of the plane; then its columns. */
  void pool_planes(Execution& execution, const wht_shape& shape, const char* x, char* y) const {
    const int64_t size = element_size(d_.dtype), h = shape.h, w = shape.w;
    const int64_t out_h = output_side(h), out_w = output_side(w);
    const int64_t line = ceil_divide(w, kTileLanes) * kTileLanes, out_line = ceil_divide(out_w, kTileLanes) * kTileLanes;
    float* scratch = execution.scratch(line + out_line);
    const int64_t grain = std::max<int64_t>(1, kGrain / (std::min<int64_t>(d_.size, h) * w));
    execution.pool.run(shape.n * shape.c * out_h, grain, [&](int64_t begin, int64_t end, int thread) {
      PoolWindow pooled = window(WHT_FLOAT32);
      pooled.row_stride = w;
      pooled.columns = 1;
      float* values = scratch + (line + out_line) * thread;
      for (int64_t at = begin; at < end; at++) {
        const int64_t plane = at / out_h;
        const Span rows = span(at % out_h, h);
        pooled.rows = rows.length();
        execution.kernels.pool(pooled, x + (plane * h + rows.begin) * w * size, values, w);
        char* target = y + at * out_w * size;
        float* results = d_.dtype == WHT_FLOAT32 ? reinterpret_cast<float*>(target) : values + line;
        for (int64_t column = 0; column < out_w; column++) results[column] = pooled_columns(values, span(column, w), pooled.rows);
        if (d_.dtype == WHT_FLOAT16) execution.kernels.to_half(results, reinterpret_cast<Half*>(target), out_w);
      }
    });
  }

  float pooled_columns(const float* values, Span columns, int64_t rows) const {
    float result = values[columns.begin];
    if (d_.function == WHT_AVERAGE_POOL) {
      for (int64_t column = columns.begin + 1; column < columns.end; column++) result += values[column];
      return result * (1.0f / static_cast<float>(rows * columns.length()));
    }
    for (int64_t column = columns.begin + 1; column < columns.end; column++) {
      if (!std::isnan(result) && !(values[column] <= result)) result = values[column];
    }
    return result;
  }

  wht_pool d_;
};

}  // namespace

OperationPointer make_pool(const wht_pool& description) { return std::make_shared<Pool>(description); }

}  // namespace wht
