/* Tensors hold float32 or float16; kernels compute in float32. */
#ifndef WHT_CUDA_KERNELS_STORAGE_CUH
#define WHT_CUDA_KERNELS_STORAGE_CUH

#include <cuda_fp16.h>
#include <cuda_runtime.h>

namespace wht {
namespace cuda {

/** Neighbouring elements that one instruction loads or stores. */
template <class T, int V>
struct alignas(sizeof(T) * V) Pack {
  T element[V];
};

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(__half value) { return __half2float(value); }
__device__ __forceinline__ void from_float(float value, float* target) { *target = value; }
__device__ __forceinline__ void from_float(float value, __half* target) { *target = __float2half_rn(value); }

template <int V, class T>
__device__ __forceinline__ void load(const T* source, float* values) {
  const Pack<T, V> pack = *reinterpret_cast<const Pack<T, V>*>(source);
#pragma unroll
  for (int i = 0; i < V; i++) values[i] = to_float(pack.element[i]);
}

template <int V, class T>
__device__ __forceinline__ void store(T* target, const float* values) {
  Pack<T, V> pack;
#pragma unroll
  for (int i = 0; i < V; i++) from_float(values[i], &pack.element[i]);
  *reinterpret_cast<Pack<T, V>*>(target) = pack;
}

/** Values that are not in the tensor are zero. */
template <int V, class T>
__device__ __forceinline__ void load_if(bool inside, const T* source, float* values) {
#pragma unroll
  for (int i = 0; i < V; i++) values[i] = 0;
  if (inside) load<V>(source, values);
}

}  // namespace cuda
}  // namespace wht

#endif
