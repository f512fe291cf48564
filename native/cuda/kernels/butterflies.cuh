/* The Walsh-Hadamard transform of values in registers, and across the threads of a warp. */
#ifndef WHT_CUDA_KERNELS_BUTTERFLIES_CUH
#define WHT_CUDA_KERNELS_BUTTERFLIES_CUH

#include <cuda_runtime.h>

namespace wht {
namespace cuda {

/**
 * H_n in natural order is butterflies (a, b) -> (a + b, a - b) at the distances 1, 2, 4, ... n/2, in any order. These are those from First
 * to below Last, among Count values that lie Step apart.
 */
template <int First, int Last, int Count, int Step = 1>
__device__ __forceinline__ void butterflies(float* v) {
#pragma unroll
  for (int distance = First; distance < Last; distance *= 2) {
#pragma unroll
    for (int i = 0; i < Count; i++) {
      if ((i & distance) == 0) {
        const float a = v[i * Step], b = v[(i + distance) * Step];
        v[i * Step] = a + b;
        v[(i + distance) * Step] = a - b;
      }
    }
  }
}

/** The same across `Threads` neighbouring threads of a warp, for Count values of each. */
template <int Threads, int Count>
__device__ __forceinline__ void butterflies_across_threads(float* v, int thread) {
#pragma unroll
  for (int distance = 1; distance < Threads; distance *= 2) {
    const float sign = (thread & distance) == 0 ? 1.0f : -1.0f;
#pragma unroll
    for (int i = 0; i < Count; i++) v[i] = __shfl_xor_sync(0xffffffffu, v[i], distance) + sign * v[i];
  }
}

}  // namespace cuda
}  // namespace wht

#endif
