/* Kernels for what lies between the layers of a network: affine functions, thresholds of a spectrum, pooling. Rows follow each other in
 * memory; parameters belong to their columns or to the rows. */
#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

/* A vector of a row: a whole one, or the last `count` elements, which go through a buffer. */
struct Whole {};
struct Rest {
  int64_t count;
};

template <class T>
WHT_INLINE V get(const T* p, Whole) {
  return load(p);
}
template <class T>
WHT_INLINE V get(const T* p, Rest rest) {
  return load_some(p, rest.count);
}
template <class T>
WHT_INLINE void put(T* p, V v, Whole) {
  store(p, v);
}
template <class T>
WHT_INLINE void put(T* p, V v, Rest rest) {
  store_some(p, v, rest.count);
}

/* Calls body(i, part) for the vectors at i = 0, W, 2 W, ... of a row. */
template <class Body>
WHT_INLINE void for_each_vector(int64_t count, const Body& body) {
  int64_t i = 0;
  for (; i + W <= count; i += W) body(i, Whole{});
  if (i < count) body(i, Rest{count - i});
}

/* Lambdas that are called for whole vectors and the rest: inlined, or their constants would be loaded anew each time. */
#define WHT_VECTOR_BODY(i, part) [&](int64_t i, auto part) __attribute__((always_inline))  // NOLINT(bugprone-macro-parentheses)

template <class T, wht_activation A>
void affine_columns_row(const T* x, const T* b, const float* scale, const float* shift, T* y, int64_t columns) {
  for_each_vector(
      columns, WHT_VECTOR_BODY(i, part) {
        const V z = get(x + i, part) * get(scale + i, part) + get(shift + i, part);
        put(y + i, activated<A>(b ? z + get(b + i, part) : z), part);
      });
}

template <class T, wht_activation A>
void affine_rows_row(const T* x, const T* b, float scale, float shift, T* y, int64_t columns) {
  for_each_vector(
      columns, WHT_VECTOR_BODY(i, part) {
        const V z = get(x + i, part) * scale + shift;
        put(y + i, activated<A>(b ? z + get(b + i, part) : z), part);
      });
}

template <class T, wht_activation A>
void affine_activated(const void* input, const void* second_input, const float* scale, const float* shift, bool by_row, void* output,
                      int64_t rows, int64_t columns) {
  const T* x = static_cast<const T*>(input);
  const T* b = static_cast<const T*>(second_input);
  T* y = static_cast<T*>(output);
  for (int64_t row = 0; row < rows; row++) {
    const int64_t at = row * columns;
    if (by_row) {
      affine_rows_row<T, A>(x + at, b ? b + at : nullptr, scale[row], shift[row], y + at, columns);
    } else {
      affine_columns_row<T, A>(x + at, b ? b + at : nullptr, scale, shift, y + at, columns);
    }
  }
}

template <class T>
void affine_of(wht_activation activation, const void* x, const void* b, const float* scale, const float* shift, bool by_row, void* y,
               int64_t rows, int64_t columns) {
  switch (activation) {
    case WHT_RELU: return affine_activated<T, WHT_RELU>(x, b, scale, shift, by_row, y, rows, columns);
    case WHT_RELU6: return affine_activated<T, WHT_RELU6>(x, b, scale, shift, by_row, y, rows, columns);
    case WHT_HARD_SWISH: return affine_activated<T, WHT_HARD_SWISH>(x, b, scale, shift, by_row, y, rows, columns);
    case WHT_HARD_SIGMOID: return affine_activated<T, WHT_HARD_SIGMOID>(x, b, scale, shift, by_row, y, rows, columns);
    case WHT_KERAS_HARD_SIGMOID: return affine_activated<T, WHT_KERAS_HARD_SIGMOID>(x, b, scale, shift, by_row, y, rows, columns);
    default: return affine_activated<T, WHT_IDENTITY>(x, b, scale, shift, by_row, y, rows, columns);
  }
}

inline void affine(wht_dtype dtype, wht_activation activation, const void* x, const void* b, const float* scale, const float* shift,
                   bool by_row, void* y, int64_t rows, int64_t columns) {
  if (dtype == WHT_FLOAT32) return affine_of<float>(activation, x, b, scale, shift, by_row, y, rows, columns);
  return affine_of<Half>(activation, x, b, scale, shift, by_row, y, rows, columns);
}

template <wht_nonlinearity F>
WHT_INLINE V thresholded(V v, V t) {
  switch (F) {
    case WHT_SMOOTH: return applied<WHT_SMOOTH_THRESHOLD>(v, t);
    case WHT_SOFT: return applied<WHT_SOFT_THRESHOLD>(v, t);
    default: return v;
  }
}

/* One row whose columns are the points. T is what is read, R what is written. */
template <class T, class R, wht_nonlinearity F>
void spectral_columns_row(const SpectralRows& rows, const T* x, const T* b, R* y) {
  for_each_vector(
      rows.columns, WHT_VECTOR_BODY(i, part) {
        const V point = get(x + i, part);
        V result = point;
        if (i + W > rows.unchanged) {
          result = thresholded<F>(point * get(rows.weights + i, part), get(rows.thresholds + i, part));
          for (int lane = 0; lane < W && i + lane < rows.unchanged; lane++) result[lane] = point[lane];
        }
        put(y + i, b ? result + get(b + i, part) : result, part);
      });
}

/* sums[j] = values[2 j] + values[2 j + 1]. */
inline void add_pairs(const float* __restrict values, float* __restrict sums, int64_t count) {
  for (int64_t j = 0; j < count; j++) sums[j] = values[2 * j] + values[2 * j + 1];
}

/* The means of windows of neighbouring values; both buffers are overwritten. Halves the windows as long as that goes, which is fast, and
 * keeps rounding errors small. */
template <class T>
void average_windows(float* values, float* spare, int64_t window, const T* b, T* y, int64_t count) {
  const float scale = 1.0f / static_cast<float>(window);
  while (window % 2 == 0) {
    window /= 2;
    add_pairs(values, spare, count * window);
    float* const sums = spare;
    spare = values;
    values = sums;
  }
  if (window > 1) {
    for (int64_t j = 0; j < count; j++) {
      float sum = 0;
      for (int64_t k = 0; k < window; k++) sum += values[j * window + k];
      spare[j] = sum;
    }
    values = spare;
  }
  for_each_vector(
      count, WHT_VECTOR_BODY(j, part) {
        const V mean = get(values + j, part) * scale;
        put(y + j, b ? mean + get(b + j, part) : mean, part);
      });
}

/* One row of results, each the mean of `window` rows of the input, whose points begin at `first`. */
template <class T, wht_nonlinearity F>
void spectral_rows_row(const SpectralRows& rows, int64_t first, const T* x, const T* b, T* y) {
  const float scale = 1.0f / static_cast<float>(rows.window);
  for_each_vector(
      rows.columns, WHT_VECTOR_BODY(i, part) {
        V sum{};
        for (int64_t k = 0; k < rows.window; k++) {
          const V point = get(x + k * rows.columns + i, part);
          const V result =
              first + k < rows.unchanged ? point : thresholded<F>(point * rows.weights[first + k], splat(rows.thresholds[first + k]));
          sum = k == 0 ? result : sum + result;
        }
        const V mean = sum * scale;
        put(y + i, b ? mean + get(b + i, part) : mean, part);
      });
}

template <class T, wht_nonlinearity F>
void spectral_threshold_rows(const SpectralRows& rows, float* scratch) {
  const T* x = static_cast<const T*>(rows.input);
  const T* b = static_cast<const T*>(rows.second_input);
  T* y = static_cast<T*>(rows.output);
  for (int64_t row = 0; row < rows.rows; row++) {
    if (rows.by_row) {
      const int64_t at = row * rows.columns;
      spectral_rows_row<T, F>(rows, row * rows.window, x + at * rows.window, b ? b + at : nullptr, y + at);
    } else if (rows.window == 1) {
      const int64_t at = row * rows.columns;
      spectral_columns_row<T, T, F>(rows, x + at, b ? b + at : nullptr, y + at);
    } else {
      const int64_t results = rows.columns / rows.window;
      spectral_columns_row<T, float, F>(rows, x + row * rows.columns, nullptr, scratch);
      average_windows(scratch, scratch + rows.columns, rows.window, b ? b + row * results : nullptr, y + row * results, results);
    }
  }
}

template <class T>
void spectral_threshold_of(const SpectralRows& rows, float* scratch) {
  if (rows.nonlinearity == WHT_SMOOTH) return spectral_threshold_rows<T, WHT_SMOOTH>(rows, scratch);
  if (rows.nonlinearity == WHT_SOFT) return spectral_threshold_rows<T, WHT_SOFT>(rows, scratch);
  return spectral_threshold_rows<T, WHT_NONE>(rows, scratch);
}

inline void spectral_threshold(const SpectralRows& rows, float* scratch) {
  if (rows.dtype == WHT_FLOAT32) return spectral_threshold_of<float>(rows, scratch);
  return spectral_threshold_of<Half>(rows, scratch);
}

template <wht_pool_function F>
WHT_INLINE V pooled(V a, V b) {
  if (F == WHT_AVERAGE_POOL) return a + b;
  return a != a ? a : max(a, b);  // max keeps a NaN of b alone
}

/* R is what is written: the tensor's elements, or floats to work on. */
template <class T, class R, wht_pool_function F>
void pool_windows(const PoolWindow& window, const void* input, void* output, int64_t count) {
  const T* x = static_cast<const T*>(input);
  R* y = static_cast<R*>(output);
  for_each_vector(
      count, WHT_VECTOR_BODY(i, part) {
        V total{};
        for (int64_t row = 0; row < window.rows; row++) {
          const T* at = x + row * window.row_stride + i;
          V result = get(at, part);
          for (int64_t column = 1; column < window.columns; column++) {
            at += window.column_stride;
            result = pooled<F>(result, get(at, part));
          }
          total = row == 0 ? result : pooled<F>(total, result);
        }
        put(y + i, F == WHT_AVERAGE_POOL ? total * window.scale : total, part);
      });
}

template <class T, class R>
void pool_of(const PoolWindow& window, const void* input, void* output, int64_t count) {
  if (window.function == WHT_MAX_POOL) return pool_windows<T, R, WHT_MAX_POOL>(window, input, output, count);
  return pool_windows<T, R, WHT_AVERAGE_POOL>(window, input, output, count);
}

inline void pool(const PoolWindow& window, const void* input, void* output, int64_t count) {
  if (window.input_dtype == WHT_FLOAT32) return pool_of<float, float>(window, input, output, count);
  if (window.output_dtype == WHT_FLOAT32) return pool_of<Half, float>(window, input, output, count);
  return pool_of<Half, Half>(window, input, output, count);
}

#undef WHT_VECTOR_BODY

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
