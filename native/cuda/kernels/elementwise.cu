/* Kernels that treat each element alone, means over a map, and changes of layout or storage. */
#include "activation.cuh"
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

__device__ __forceinline__ float applied(wht_binary_function function, float a, float b) {
  switch (function) {
    case WHT_ADD: return a + b;
    case WHT_MULTIPLY: return a * b;
    case WHT_SMOOTH_THRESHOLD: return tanhf(a) * at_least(0, fabsf(a) - b);
    default: return copysignf(at_least(0, fabsf(a) - at_least(0, b)), a);
  }
}

/* The channels of a tensor, and of each of its images. */
struct Channels {
  Cycle cycle;
  Divider image; /* elements of an image */

  /* image * channels + channel */
  __device__ __forceinline__ uint32_t of_images(uint32_t at) const { return image.quotient(at) * cycle.length.divisor + cycle.of(at); }
};

template <class T>
__global__ void __launch_bounds__(kThreads) binary(BinaryPlan plan, Channels channels, uint32_t count, const T* a, const T* b, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  float first, second = plan.scalar;
  load<1>(a + at, &first);
  if (plan.broadcast == WHT_BROADCAST_NONE) load<1>(b + at, &second);
  if (plan.broadcast == WHT_BROADCAST_CHANNELS) load<1>(b + channels.of_images(at), &second);
  const float result = applied(plan.function, first, second);
  store<1>(output + at, &result);
}

/* A warp for each channel of each image. In NHWC, lanes of the warp are channels that lie next to each other; in NCHW, positions. */
constexpr uint32_t kWarp = 32;
constexpr uint32_t kPoolWarps = kThreads / kWarp;

/* Sums of at most 64 terms, then sums of those: rounding errors stay small over large maps. */
template <class T>
__device__ __forceinline__ float sum_every(const T* values, uint32_t first, uint32_t count, uint32_t step, uint32_t stride) {
  float total = 0;
  for (uint32_t begin = first; begin < count; begin += 64 * step) {
    float partial = 0;
    for (uint32_t i = begin; i < count && i - begin < 64 * step; i += step) {
      float value;
      load<1>(values + i * stride, &value);
      partial += value;
    }
    total += partial;
  }
  return total;
}

template <class T>
__global__ void __launch_bounds__(kThreads) average_nchw(uint32_t maps, uint32_t positions, const T* input, T* output) {
  const uint32_t map = blockIdx.x * kPoolWarps + threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
  float total = map < maps ? sum_every(input + map * positions, lane, positions, kWarp, 1) : 0;
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) total += __shfl_xor_sync(0xffffffffu, total, distance);
  const float mean = total / static_cast<float>(positions);
  if (map < maps && lane == 0) store<1>(output + map, &mean);
}

/* A block of threads for 32 channels of an image; each of its warps takes every eighth position. */
template <class T>
__global__ void __launch_bounds__(kThreads) average_nhwc(uint32_t tiles, uint32_t positions, uint32_t channels, const T* input, T* output) {
  __shared__ float sums[kPoolWarps][kWarp];
  const uint32_t image = blockIdx.x / tiles, warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
  const uint32_t channel = blockIdx.x % tiles * kWarp + lane;
  sums[warp][lane] =
      channel < channels ? sum_every(input + (image * positions * channels + channel), warp, positions, kPoolWarps, channels) : 0;
  __syncthreads();
  if (warp != 0 || channel >= channels) return;
  float total = 0;
#pragma unroll
  for (uint32_t other = 0; other < kPoolWarps; other++) total += sums[other][lane];
  const float mean = total / static_cast<float>(positions);
  store<1>(output + (image * channels + channel), &mean);
}

/* Through a tile of shared memory, so that both reading and writing go along rows. */
constexpr uint32_t kTile = 32, kTileRows = kThreads / kTile;

template <class T>
__global__ void __launch_bounds__(kThreads)
    transpose(uint32_t down, uint32_t across, uint32_t rows, uint32_t columns, const T* input, T* output) {
  __shared__ T tile[kTile][kTile + 1];
  const uint32_t matrix = blockIdx.x / (down * across), part = blockIdx.x % (down * across);
  const uint32_t top = part / across * kTile, left = part % across * kTile;
  const uint32_t lane = threadIdx.x % kTile, first = threadIdx.x / kTile;
  const size_t start = static_cast<size_t>(matrix) * rows * columns;
  for (uint32_t i = first; i < kTile; i += kTileRows) {
    if (top + i < rows && left + lane < columns) tile[i][lane] = input[start + (top + i) * columns + left + lane];
  }
  __syncthreads();
  for (uint32_t i = first; i < kTile; i += kTileRows) {
    if (left + i < columns && top + lane < rows) output[start + (left + i) * rows + top + lane] = tile[lane][i];
  }
}

template <class From, class To>
__global__ void __launch_bounds__(kThreads) convert(uint32_t count, const From* input, To* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  float value;
  load<1>(input + at, &value);
  store<1>(output + at, &value);
}

template <class T>
cudaError_t launch_binary_of(cudaStream_t stream, const BinaryPlan& plan, uint32_t count, const void* a, const void* b, void* output) {
  const Channels channels{channel_cycle(plan.layout, plan.positions, plan.channels), make_divider(plan.positions * plan.channels)};
  return launch("binary", binary<T>, ceil_divide(count, kThreads), kThreads, stream, plan, channels, count, static_cast<const T*>(a),
                static_cast<const T*>(b), static_cast<T*>(output));
}

template <class T>
cudaError_t launch_average_of(cudaStream_t stream, wht_layout layout, uint32_t images, uint32_t positions, uint32_t channels,
                              const void* input, void* output) {
  const T* x = static_cast<const T*>(input);
  T* y = static_cast<T*>(output);
  if (layout == WHT_NCHW) {
    const uint32_t maps = images * channels;
    return launch("average_nchw", average_nchw<T>, ceil_divide(maps, kPoolWarps), kThreads, stream, maps, positions, x, y);
  }
  const uint32_t tiles = ceil_divide(channels, kWarp);
  return launch("average_nhwc", average_nhwc<T>, images * tiles, kThreads, stream, tiles, positions, channels, x, y);
}

template <class T>
cudaError_t launch_transpose_of(cudaStream_t stream, uint32_t matrices, uint32_t rows, uint32_t columns, const void* input, void* output) {
  const uint32_t down = ceil_divide(rows, kTile), across = ceil_divide(columns, kTile);
  return launch("transpose", transpose<T>, matrices * down * across, kThreads, stream, down, across, rows, columns,
                static_cast<const T*>(input), static_cast<T*>(output));
}

}  // namespace

cudaError_t launch_binary(cudaStream_t stream, wht_dtype dtype, const BinaryPlan& plan, uint32_t count, const void* a, const void* b,
                          void* output) {
  return (dtype == WHT_FLOAT16 ? launch_binary_of<__half> : launch_binary_of<float>)(stream, plan, count, a, b, output);
}

cudaError_t launch_global_average_pool(cudaStream_t stream, wht_dtype dtype, wht_layout layout, uint32_t images, uint32_t positions,
                                       uint32_t channels, const void* input, void* output) {
  return (dtype == WHT_FLOAT16 ? launch_average_of<__half> : launch_average_of<float>)(stream, layout, images, positions, channels, input,
                                                                                       output);
}

cudaError_t launch_transpose(cudaStream_t stream, wht_dtype dtype, uint32_t matrices, uint32_t rows, uint32_t columns, const void* input,
                             void* output) {
  return (dtype == WHT_FLOAT16 ? launch_transpose_of<__half> : launch_transpose_of<float>)(stream, matrices, rows, columns, input, output);
}

cudaError_t launch_to_float(cudaStream_t stream, uint32_t count, const void* halves, float* floats) {
  return launch("convert", convert<__half, float>, ceil_divide(count, kThreads), kThreads, stream, count,
                static_cast<const __half*>(halves), floats);
}

cudaError_t launch_to_half(cudaStream_t stream, uint32_t count, const float* floats, void* halves) {
  return launch("convert", convert<float, __half>, ceil_divide(count, kThreads), kThreads, stream, count, floats,
                static_cast<__half*>(halves));
}

}  // namespace cuda
}  // namespace wht
