/* activation(scale * x + shift + b): what is left of batch norm, biases, residual sums and activations, in one pass. */
#include "activation.cuh"
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* V neighbouring elements a thread. Each is read before it is written, by the same thread: y may be x or b. */
template <class T, int V>
__global__ void __launch_bounds__(kThreads) affine(AffinePlan plan, Cycle channels, uint32_t count, const T* x, const T* b, T* y) {
  const uint32_t at = (blockIdx.x * kThreads + threadIdx.x) * V;
  if (at >= count) return;
  float values[V], parameters[V];
  load<V>(x + at, values);
  const uint32_t channel = plan.scale != nullptr || plan.shift != nullptr ? channels.of(at) : 0;
  if (plan.scale != nullptr) {
    load_parameters<V>(channels, plan.scale, channel, parameters);
#pragma unroll
    for (int i = 0; i < V; i++) values[i] *= parameters[i];
  }
  if (plan.shift != nullptr) {
    load_parameters<V>(channels, plan.shift, channel, parameters);
#pragma unroll
    for (int i = 0; i < V; i++) values[i] += parameters[i];
  }
  if (b != nullptr) {
    load<V>(b + at, parameters);
#pragma unroll
    for (int i = 0; i < V; i++) values[i] += parameters[i];
  }
  activate<V>(plan.activation, values);
  store<V>(y + at, values);
}

template <class T, int V>
cudaError_t launch_affine_of(cudaStream_t stream, const AffinePlan& plan, const Cycle& channels, uint32_t count, const void* x,
                             const void* b, void* y) {
  return launch("affine", affine<T, V>, ceil_divide(count / V, kThreads), kThreads, stream, plan, channels, count, static_cast<const T*>(x),
                static_cast<const T*>(b), static_cast<T*>(y));
}

}  // namespace

cudaError_t launch_affine(cudaStream_t stream, wht_dtype dtype, const AffinePlan& plan, uint32_t images, const void* x, const void* b,
                          void* y) {
  const uint32_t count = images * plan.positions * plan.channels;
  const Cycle channels = channel_cycle(plan.layout, plan.positions, plan.channels);
  const bool by_channel = plan.scale != nullptr || plan.shift != nullptr;
  const bool vectors = by_channel ? vector_width(channels) == 4 : count % 4 == 0;
  if (dtype == WHT_FLOAT16)
    return (vectors ? launch_affine_of<__half, 4> : launch_affine_of<__half, 1>)(stream, plan, channels, count, x, b, y);
  return (vectors ? launch_affine_of<float, 4> : launch_affine_of<float, 1>)(stream, plan, channels, count, x, b, y);
}

}  // namespace cuda
}  // namespace wht
