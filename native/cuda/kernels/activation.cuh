/* Activations, and the smaller and larger of two numbers, for float32. */
#ifndef WHT_CUDA_KERNELS_ACTIVATION_CUH
#define WHT_CUDA_KERNELS_ACTIVATION_CUH

#include <cuda_runtime.h>

#include "../../backend.h"

namespace wht {
namespace cuda {

/* Numbers that are no numbers pass through both, as fmaxf and fminf would not let them. */
__device__ __forceinline__ float at_least(float low, float value) { return value < low ? low : value; }
__device__ __forceinline__ float at_most(float high, float value) { return value > high ? high : value; }
__device__ __forceinline__ float clamp(float value, float low, float high) { return at_most(high, at_least(low, value)); }

template <int N, class Function>
__device__ __forceinline__ void for_each(float* values, const Function& function) {
#pragma unroll
  for (int i = 0; i < N; i++) values[i] = function(values[i]);
}

/* Of N values at a time, since choosing among activations costs as much as some of them. */
template <int N>
__device__ __forceinline__ void activate(wht_activation activation, float* values) {
  switch (activation) {
    case WHT_RELU: return for_each<N>(values, [](float z) { return at_least(0, z); });
    case WHT_RELU6: return for_each<N>(values, [](float z) { return clamp(z, 0, 6); });
    case WHT_HARD_SWISH: return for_each<N>(values, [](float z) { return z * (clamp(z + 3.0f, 0, 6) * (1.0f / 6)); });
    case WHT_HARD_SIGMOID: return for_each<N>(values, [](float z) { return clamp(z + 3.0f, 0, 6) * (1.0f / 6); });
    case WHT_KERAS_HARD_SIGMOID: return for_each<N>(values, [](float z) { return clamp(z * 0.2f + 0.5f, 0, 1); });
    default: return;
  }
}

}  // namespace cuda
}  // namespace wht

#endif
