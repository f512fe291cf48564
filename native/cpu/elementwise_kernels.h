/* Kernels that treat each element alone, or sum along rows: activations, binary functions, means, float16 conversion. */
#ifndef WHT_CPU_ELEMENTWISE_KERNELS_H
#define WHT_CPU_ELEMENTWISE_KERNELS_H

#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

WHT_INLINE V clamp(V v, float low, float high) { return min(splat(high), max(splat(low), v)); }

template <wht_activation A>
WHT_INLINE V activated(V z) {
  switch (A) {
    case WHT_RELU: return max(V{}, z);
    case WHT_RELU6: return clamp(z, 0, 6);
    case WHT_HARD_SWISH: return z * (clamp(z + 3.0f, 0, 6) * (1.0f / 6));
    case WHT_HARD_SIGMOID: return clamp(z + 3.0f, 0, 6) * (1.0f / 6);
    case WHT_KERAS_HARD_SIGMOID: return clamp(z * 0.2f + 0.5f, 0, 1);
    default: return z;
  }
}

/* The last, partial vector of a row goes through a buffer of W elements, so that every element meets the same arithmetic. */
template <class T>
WHT_INLINE V load_some(const T* p, int64_t count) {
  T padded[W] = {};
  memcpy(padded, p, static_cast<size_t>(count) * sizeof(T));
  return load(padded);
}

template <class T>
WHT_INLINE void store_some(T* p, V v, int64_t count) {
  T padded[W];
  store(padded, v);
  memcpy(p, padded, static_cast<size_t>(count) * sizeof(T));
}

/* Runs `whole` for vectors at i = 0, W, 2 W, ... and `some` for what is left of `count`. */
#define WHT_FOR_VECTORS(count, i, whole, some) \
  {                                            \
    int64_t i = 0;                             \
    for (; i + W <= (count); i += W) whole;    \
    if (i < (count)) some;                     \
  }

template <wht_binary_function F>
WHT_INLINE V applied(V a, V b) {
  switch (F) {
    case WHT_ADD: return a + b;
    case WHT_MULTIPLY: return a * b;
    case WHT_SMOOTH_THRESHOLD: return ScaledTanh(1)(a) * max(V{}, absolute(a) - b);
    default: return with_sign(max(V{}, absolute(a) - max(V{}, b)), a);
  }
}

template <class T, wht_binary_function F>
void binary_row(const void* first, const void* second, float scalar, void* output, int64_t count) {
  const T* a = static_cast<const T*>(first);
  const T* b = static_cast<const T*>(second);
  T* y = static_cast<T*>(output);
  WHT_FOR_VECTORS(count, i, store(y + i, applied<F>(load(a + i), b ? load(b + i) : splat(scalar))), {
    const int64_t rest = count - i;
    store_some(y + i, applied<F>(load_some(a + i, rest), b ? load_some(b + i, rest) : splat(scalar)), rest);
  })
}

template <class T>
void binary_of(wht_binary_function function, const void* a, const void* b, float scalar, void* output, int64_t count) {
  switch (function) {
    case WHT_ADD: return binary_row<T, WHT_ADD>(a, b, scalar, output, count);
    case WHT_MULTIPLY: return binary_row<T, WHT_MULTIPLY>(a, b, scalar, output, count);
    case WHT_SMOOTH_THRESHOLD: return binary_row<T, WHT_SMOOTH_THRESHOLD>(a, b, scalar, output, count);
    default: return binary_row<T, WHT_SOFT_THRESHOLD>(a, b, scalar, output, count);
  }
}

inline void binary(wht_dtype dtype, wht_binary_function function, const void* a, const void* b, float scalar, void* output, int64_t count) {
  if (dtype == WHT_FLOAT32) return binary_of<float>(function, a, b, scalar, output, count);
  return binary_of<Half>(function, a, b, scalar, output, count);
}

/* Sums of at most 64 terms, then sums of those: rounding errors stay small over large maps. */
constexpr int64_t kPartialSum = 64;

template <class T>
WHT_INLINE V sum_rows(const T* input, int64_t rows, int64_t stride, int64_t count) {
  V total{};
  for (int64_t begin = 0; begin < rows; begin += kPartialSum) {
    V partial{};
    for (int64_t row = begin; row < rows && row < begin + kPartialSum; row++) {
      partial += count < W ? load_some(input + row * stride, count) : load(input + row * stride);
    }
    total += partial;
  }
  return total;
}

template <class T>
void mean_rows_of(const void* input, int64_t rows, int64_t stride, float scale, void* output, int64_t count) {
  const T* x = static_cast<const T*>(input);
  T* y = static_cast<T*>(output);
  WHT_FOR_VECTORS(count, i, store(y + i, sum_rows(x + i, rows, stride, W) * scale), {
    const int64_t rest = count - i;
    store_some(y + i, sum_rows(x + i, rows, stride, rest) * scale, rest);
  })
}

inline void mean_rows(wht_dtype dtype, const void* input, int64_t rows, int64_t stride, float scale, void* output, int64_t count) {
  if (dtype == WHT_FLOAT32) return mean_rows_of<float>(input, rows, stride, scale, output, count);
  return mean_rows_of<Half>(input, rows, stride, scale, output, count);
}

template <class T>
float mean_of(const void* input, int64_t count, float scale) {
  const T* x = static_cast<const T*>(input);
  const int64_t whole = count / W * W;
  V sum = sum_rows(x, whole / W, W, W);
  if (whole < count) sum += load_some(x + whole, count - whole);
  float total = 0;
  for (int i = 0; i < W; i++) total += sum[i];
  return total * scale;
}

inline float mean(wht_dtype dtype, const void* input, int64_t count, float scale) {
  return dtype == WHT_FLOAT32 ? mean_of<float>(input, count, scale) : mean_of<Half>(input, count, scale);
}

inline void to_float(const Half* input, float* output, int64_t count) {
  WHT_FOR_VECTORS(count, i, store(output + i, load(input + i)), store_some(output + i, load_some(input + i, count - i), count - i))
}

inline void to_half(const float* input, Half* output, int64_t count) {
  WHT_FOR_VECTORS(count, i, store(output + i, load(input + i)), store_some(output + i, load_some(input + i, count - i), count - i))
}

#undef WHT_FOR_VECTORS

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht

#endif
