/*
 * The largest value, or the mean, of windows. Maps have lanes that lie next to each other and are treated alike: NHWC's channels; NCHW has
 * one lane, and a map for each channel.
 */
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* A number that is no number stays, whichever comes first. */
__device__ __forceinline__ float larger(float best, float value) { return best >= value || best != best ? best : value; }

/* What the host works out so that the kernel need not divide. `lanes`: vectors of V lanes. */
struct OutputPlace {
  Divider lanes, width, height;
};

/* V neighbouring lanes of a window a thread. */
template <class T, int V>
__global__ void __launch_bounds__(kThreads) pool(PoolPlan plan, OutputPlace place, uint32_t vectors, const T* input, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= vectors) return;
  uint32_t map = at;
  const int32_t lane = take(map, place.lanes) * V;
  const int32_t left = take(map, place.width) * plan.stride - plan.padding;
  const int32_t top = take(map, place.height) * plan.stride - plan.padding;
  const int32_t begin_x = max(left, 0), end_x = min(left + plan.size, plan.width);
  const int32_t begin_y = max(top, 0), end_y = min(top + plan.size, plan.height);
  const bool largest = plan.function == WHT_MAX_POOL;

  float result[V];
#pragma unroll
  for (int i = 0; i < V; i++) result[i] = largest ? -INFINITY : 0;
  for (int32_t y = begin_y; y < end_y; y++) {
    const T* row = input + ((map * plan.height + y) * plan.width + begin_x) * plan.lanes + lane;
    // Rows first, then their sum: rounding errors stay small in large windows.
    float sums[V] = {};
    for (int32_t x = begin_x; x < end_x; x++, row += plan.lanes) {
      float values[V];
      load<V>(row, values);
#pragma unroll
      for (int i = 0; i < V; i++) {
        if (largest) {
          result[i] = larger(result[i], values[i]);
        } else {
          sums[i] += values[i];
        }
      }
    }
    if (largest) continue;
#pragma unroll
    for (int i = 0; i < V; i++) result[i] += sums[i];
  }
  if (!largest) {
    const auto count = static_cast<float>((end_y - begin_y) * (end_x - begin_x));
#pragma unroll
    for (int i = 0; i < V; i++) result[i] /= count;
  }
  store<V>(output + at * V, result);
}

template <class T, int V>
cudaError_t launch_pool_of(cudaStream_t stream, const PoolPlan& plan, const void* input, void* output) {
  const OutputPlace place{make_divider(plan.lanes / V), make_divider(plan.out_width), make_divider(plan.out_height)};
  const uint32_t vectors = plan.maps * plan.out_height * plan.out_width * (plan.lanes / V);
  return launch("pool", pool<T, V>, ceil_divide(vectors, kThreads), kThreads, stream, plan, place, vectors, static_cast<const T*>(input),
                static_cast<T*>(output));
}

}  // namespace

cudaError_t launch_pool(cudaStream_t stream, wht_dtype dtype, const PoolPlan& plan, const void* input, void* output) {
  const bool vectors = plan.lanes % 4 == 0;
  if (dtype == WHT_FLOAT16) return (vectors ? launch_pool_of<__half, 4> : launch_pool_of<__half, 1>)(stream, plan, input, output);
  return (vectors ? launch_pool_of<float, 4> : launch_pool_of<float, 1>)(stream, plan, input, output);
}

}  // namespace cuda
}  // namespace wht
