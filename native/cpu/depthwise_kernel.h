/*
 * Depthwise convolution. Over NHWC, lanes are channels, and several output pixels side by side share the weights and the inputs that they
 * have in common. Over a plane of NCHW, lanes are columns, and several rows share the weights.
 */
#include "elementwise_kernels.h"
#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

template <wht_activation A, int Count>
WHT_INLINE void activate_each(V (&z)[Count]) {
#pragma GCC unroll 4
  for (int i = 0; i < Count; i++) z[i] = activated<A>(z[i]);
}

/* Chosen for each vector of sums, not outside of the loops: a predicted jump among many multiplications, and a sixth of the code. */
template <int Count>
WHT_INLINE void activate_each(wht_activation activation, V (&z)[Count]) {
  switch (activation) {
    case WHT_RELU: return activate_each<WHT_RELU>(z);
    case WHT_RELU6: return activate_each<WHT_RELU6>(z);
    case WHT_HARD_SWISH: return activate_each<WHT_HARD_SWISH>(z);
    case WHT_HARD_SIGMOID: return activate_each<WHT_HARD_SIGMOID>(z);
    case WHT_KERAS_HARD_SIGMOID: return activate_each<WHT_KERAS_HARD_SIGMOID>(z);
    default: return;
  }
}

/* `count` of the W elements at p; all of them where it is W. */
template <class T>
WHT_INLINE V load_lanes(const T* p, int64_t count) {
  return count == W ? load(p) : load_some(p, count);
}

template <class T>
WHT_INLINE void store_lanes(T* p, V v, int64_t count) {
  if (count == W) {
    store(p, v);
  } else {
    store_some(p, v, count);
  }
}

/*
 * Calls work(i, count) for vectors that cover `total` lanes: whole ones, of which the last overlaps the one before it where the total is no
 * multiple of W; or one of fewer lanes.
 */
template <class Work>
WHT_INLINE void for_lanes(int64_t total, const Work& work) {
  if (total < W) return work(int64_t{0}, total);
  for (int64_t i = 0; i + W <= total; i += W) work(i, int64_t{W});
  if (total % W != 0) work(total - W, int64_t{W});
}

/* Pixels output pixels from the `first` of the row on: Size columns of taps at a distance of Stride. */
template <class T, int Size, int Stride, int Pixels>
void depthwise_pixels(const DepthwiseRow& row, int64_t first) {
  const int64_t channels = row.channels;
  const T* input = static_cast<const T*>(row.input) + first * Stride * channels;
  T* output = static_cast<T*>(row.output) + first * channels;
  for_lanes(channels, [&](int64_t i, int64_t count) {
    V sum[Pixels];
#pragma GCC unroll 4
    for (int pixel = 0; pixel < Pixels; pixel++) sum[pixel] = V{};
    for (int r = 0; r < row.rows; r++) {
      const T* x = input + r * row.input_row + i;
      const float* w = row.weights + r * Size * channels + i;
      V weight[Size];
#pragma GCC unroll 5
      for (int tap = 0; tap < Size; tap++) weight[tap] = load_lanes(w + tap * channels, count);
#pragma GCC unroll 11
      for (int column = 0; column < (Pixels - 1) * Stride + Size; column++) {
        const V value = load_lanes(x + column * channels, count);
#pragma GCC unroll 4
        for (int pixel = 0; pixel < Pixels; pixel++) {
          const int tap = column - pixel * Stride;
          if (tap >= 0 && tap < Size) sum[pixel] += value * weight[tap];
        }
      }
    }
    const V bias = load_lanes(row.bias + i, count);
    const V scale = row.scale ? load_lanes(row.scale + i, count) : splat(1);
#pragma GCC unroll 4
    for (int pixel = 0; pixel < Pixels; pixel++) sum[pixel] = sum[pixel] * scale + bias;
    activate_each(row.activation, sum);
#pragma GCC unroll 4
    for (int pixel = 0; pixel < Pixels; pixel++) store_lanes(output + pixel * channels + i, sum[pixel], count);
  });
}

/* One output pixel of any kernel, of which some taps may be outside of the map. */
template <class T>
void depthwise_pixel(const DepthwiseRow& row, int64_t pixel) {
  const int64_t channels = row.channels;
  const T* input = static_cast<const T*>(row.input) + pixel * row.stride * channels;
  T* output = static_cast<T*>(row.output) + pixel * channels;
  for_lanes(channels, [&](int64_t i, int64_t count) {
    V sum[1] = {V{}};
    for (int r = 0; r < row.rows; r++) {
      const T* x = input + r * row.input_row + i;
      const float* w = row.weights + r * row.kernel_size * channels + i;
      for (int column = 0; column < row.columns; column++) {
        sum[0] += load_lanes(x + column * channels, count) * load_lanes(w + column * channels, count);
      }
    }
    const V scale = row.scale ? load_lanes(row.scale + i, count) : splat(1);
    sum[0] = sum[0] * scale + load_lanes(row.bias + i, count);
    activate_each(row.activation, sum);
    store_lanes(output + i, sum[0], count);
  });
}

template <class T, int Size, int Stride>
int64_t depthwise_groups(const DepthwiseRow& row) {
  int64_t pixel = 0;
  for (; pixel + 4 <= row.pixels; pixel += 4) depthwise_pixels<T, Size, Stride, 4>(row, pixel);
  for (; pixel + 2 <= row.pixels; pixel += 2) depthwise_pixels<T, Size, Stride, 2>(row, pixel);
  return pixel;
}

template <class T>
void depthwise_row(const DepthwiseRow& row) {
  int64_t pixel = 0;
  if (row.columns == row.kernel_size) {
    if (row.columns == 3 && row.stride == 1) pixel = depthwise_groups<T, 3, 1>(row);
    if (row.columns == 3 && row.stride == 2) pixel = depthwise_groups<T, 3, 2>(row);
    if (row.columns == 5 && row.stride == 1) pixel = depthwise_groups<T, 5, 1>(row);
    if (row.columns == 5 && row.stride == 2) pixel = depthwise_groups<T, 5, 2>(row);
  }
  for (; pixel < row.pixels; pixel++) depthwise_pixel<T>(row, pixel);
}

inline void depthwise(const DepthwiseRow& row) {
  if (row.dtype == WHT_FLOAT32) return depthwise_row<float>(row);
  return depthwise_row<Half>(row);
}

/* Rows rows of W columns, from (row, column) on. */
template <class T, int Rows>
WHT_INLINE void plane_rows(const DepthwisePlane& plane, int64_t row, int64_t column, int64_t count) {
  const float* input = plane.input + row * plane.input_row + column;
  V sum[Rows];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; r++) sum[r] = V{};
  for (int tap = 0; tap < plane.taps; tap++) {
    const float* x = input + plane.tap_offsets[tap];
    const V weight = splat(plane.weights[tap]);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) sum[r] += load(x + r * plane.input_row) * weight;
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; r++) sum[r] = sum[r] * plane.scale + plane.bias;
  activate_each(plane.activation, sum);
  T* output = static_cast<T*>(plane.output) + row * plane.columns + column;
#pragma GCC unroll 4
  for (int r = 0; r < Rows; r++) store_lanes(output + r * plane.columns, sum[r], count);
}

template <class T>
void depthwise_plane_of(const DepthwisePlane& plane) {
  int64_t row = 0;
  for (; row + 4 <= plane.rows; row += 4) {
    for_lanes(plane.columns, [&](int64_t column, int64_t count) { plane_rows<T, 4>(plane, row, column, count); });
  }
  for (; row < plane.rows; row++) {
    for_lanes(plane.columns, [&](int64_t column, int64_t count) { plane_rows<T, 1>(plane, row, column, count); });
  }
}

inline void depthwise_plane(const DepthwisePlane& plane) {
  if (plane.dtype == WHT_FLOAT32) return depthwise_plane_of<float>(plane);
  return depthwise_plane_of<Half>(plane);
}

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
