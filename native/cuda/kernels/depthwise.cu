/*
 * Depthwise convolution: each channel by a kernel of its own, then bias and activation. It does few operations for each byte, so what
 * counts is how often an element is loaded. A thread has a strip of rows of one column, in which each element that it loads serves all the
 * rows that need it; neighbouring threads have neighbouring columns (in NHWC, channels first), which find each other's elements in the
 * cache.
 */
#include "activation.cuh"
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;
/* Blocks of strips on a multiprocessor, at least: their threads need no more than 64 registers. */
constexpr int kBlocks = 4;
/* Rows of a strip: what finding a place costs is shared among them, and their sums must fit into registers. */
__host__ __device__ constexpr int strip_rows(int width) { return width == 1 ? 8 : 4; }

/* What the host works out so that kernels need not divide; vectors of V channels, strips of rows. */
struct OutputPlaces {
  Divider vectors, columns, strips;
  int32_t in_image, in_channel, in_row, in_column; /* distances between elements */
  int32_t out_image, out_channel, out_row, out_column;
};

OutputPlaces find_places(const DepthwisePlan& plan, uint32_t width, uint32_t rows) {
  const int32_t in = plan.height * plan.width, out = plan.out_height * plan.out_width, channels = plan.channels;
  const bool nhwc = plan.layout == WHT_NHWC;
  return OutputPlaces{make_divider(channels / width),
                      make_divider(plan.out_width),
                      make_divider(ceil_divide(plan.out_height, rows)),
                      in * channels,
                      nhwc ? 1 : in,
                      plan.width * (nhwc ? channels : 1),
                      nhwc ? channels : 1,
                      out * channels,
                      nhwc ? 1 : out,
                      plan.out_width * (nhwc ? channels : 1),
                      nhwc ? channels : 1};
}

/* What a thread computes. */
struct Place {
  int32_t image, channel, column, strip;
};

template <int V>
__device__ __forceinline__ Place find_place(wht_layout layout, const OutputPlaces& places, uint32_t at) {
  Place place;
  if (layout == WHT_NHWC) place.channel = take(at, places.vectors) * V;
  place.column = take(at, places.columns);
  place.strip = take(at, places.strips);
  if (layout == WHT_NCHW) place.channel = take(at, places.vectors) * V;
  place.image = at;
  return place;
}

/* Bias and activation of V channels' sums in some rows. */
template <int Rows, int V>
__device__ __forceinline__ void finish(const DepthwisePlan& plan, int32_t channel, float (&sums)[Rows][V]) {
  if (plan.bias != nullptr) {
    float bias[V];
    load<V>(plan.bias + channel, bias);
#pragma unroll
    for (int r = 0; r < Rows; r++) {
#pragma unroll
      for (int v = 0; v < V; v++) sums[r][v] += bias[v];
    }
  }
  activate<Rows * V>(plan.activation, &sums[0][0]);
}

/* Kernels of K x K with stride S; V neighbouring channels of a strip a thread. */
template <class T, int V, int K, int S>
__global__ void __launch_bounds__(kThreads, kBlocks)
    depthwise_strips(DepthwisePlan plan, OutputPlaces places, uint32_t count, const T* input, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  const Place place = find_place<V>(plan.layout, places, at);
  constexpr int kRows = strip_rows(V);
  const int32_t row = place.strip * kRows, top = row * S - K / 2, left = place.column * S - K / 2;
  const T* corner =
      input + (place.image * places.in_image + place.channel * places.in_channel) + (top * places.in_row + left * places.in_column);
  float sums[kRows][V] = {};
#pragma unroll
  for (int tap_x = 0; tap_x < K; tap_x++) {
    if (left + tap_x < 0 || left + tap_x >= plan.width) continue;
    float taps[K][V];
#pragma unroll
    for (int tap_y = 0; tap_y < K; tap_y++) load<V>(plan.kernel + (tap_y * K + tap_x) * plan.channels + place.channel, taps[tap_y]);
    const T* from = corner + tap_x * places.in_column;
#pragma unroll
    for (int i = 0; i < (kRows - 1) * S + K; i++, from += places.in_row) {
      float values[V];
      load_if<V>(top + i >= 0 && top + i < plan.height, from, values);
#pragma unroll
      for (int r = 0; r < kRows; r++) {
        const int tap_y = i - r * S;
        if (tap_y < 0 || tap_y >= K) continue;
#pragma unroll
        for (int v = 0; v < V; v++) sums[r][v] += values[v] * taps[tap_y][v];
      }
    }
  }
  finish(plan, place.channel, sums);
  T* written = output + (place.image * places.out_image + place.channel * places.out_channel + row * places.out_row +
                         place.column * places.out_column);
#pragma unroll
  for (int r = 0; r < kRows; r++) {
    if (row + r < plan.out_height) store<V>(written + r * places.out_row, sums[r]);
  }
}

/* Kernels of any size with any stride; V neighbouring channels of one position a thread. */
template <class T, int V>
__global__ void __launch_bounds__(kThreads)
    depthwise_positions(DepthwisePlan plan, OutputPlaces places, uint32_t count, const T* input, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  const Place place = find_place<V>(plan.layout, places, at);
  const int32_t top = place.strip * plan.stride - plan.size / 2, left = place.column * plan.stride - plan.size / 2;
  const int32_t begin_y = max(0, -top), end_y = min(plan.size, plan.height - top);
  const int32_t begin_x = max(0, -left), end_x = min(plan.size, plan.width - left);
  const T* channel = input + (place.image * places.in_image + place.channel * places.in_channel);
  float sums[1][V] = {};
  for (int32_t tap_y = begin_y; tap_y < end_y; tap_y++) {
    // Rows first, then their sum: rounding errors stay small in large kernels.
    float row_sums[V] = {};
    for (int32_t tap_x = begin_x; tap_x < end_x; tap_x++) {
      float values[V], taps[V];
      load<V>(channel + ((top + tap_y) * places.in_row + (left + tap_x) * places.in_column), values);
      load<V>(plan.kernel + (tap_y * plan.size + tap_x) * plan.channels + place.channel, taps);
#pragma unroll
      for (int v = 0; v < V; v++) row_sums[v] += values[v] * taps[v];
    }
#pragma unroll
    for (int v = 0; v < V; v++) sums[0][v] += row_sums[v];
  }
  finish(plan, place.channel, sums);
  store<V>(output + (place.image * places.out_image + place.channel * places.out_channel + place.strip * places.out_row +
                     place.column * places.out_column),
           sums[0]);
}

template <class T>
using Kernel = void (*)(DepthwisePlan, OutputPlaces, uint32_t, const T*, T*);

/* NULL where there is none for strips. */
template <class T, int V>
Kernel<T> find_strips(int32_t size, int32_t stride) {
  if (size == 3 && stride == 1) return depthwise_strips<T, V, 3, 1>;
  if (size == 3 && stride == 2) return depthwise_strips<T, V, 3, 2>;
  if (size == 5 && stride == 1) return depthwise_strips<T, V, 5, 1>;
  if (size == 5 && stride == 2) return depthwise_strips<T, V, 5, 2>;
  return nullptr;
}

template <class T, int V>
cudaError_t launch_depthwise_of(cudaStream_t stream, const DepthwisePlan& plan, uint32_t images, const void* input, void* output) {
  const Kernel<T> strips = find_strips<T, V>(plan.size, plan.stride);
  const OutputPlaces places = find_places(plan, V, strips != nullptr ? strip_rows(V) : 1);
  const uint32_t count = images * places.strips.divisor * places.columns.divisor * places.vectors.divisor;
  return launch("depthwise", strips != nullptr ? strips : depthwise_positions<T, V>, ceil_divide(count, kThreads), kThreads, stream, plan,
                places, count, static_cast<const T*>(input), static_cast<T*>(output));
}

}  // namespace

cudaError_t launch_depthwise(cudaStream_t stream, wht_dtype dtype, const DepthwisePlan& plan, uint32_t images, const void* input,
                             void* output) {
  const bool vectors = plan.layout == WHT_NHWC && plan.channels % 4 == 0;
  if (dtype == WHT_FLOAT16) {
    return (vectors ? launch_depthwise_of<__half, 4> : launch_depthwise_of<__half, 1>)(stream, plan, images, input, output);
  }
  return (vectors ? launch_depthwise_of<float, 4> : launch_depthwise_of<float, 1>)(stream, plan, images, input, output);
}

}  // namespace cuda
}  // namespace wht
