/*
 * What happens between the two transforms, v = w X with thresholds T (arXiv 2201.02711):
 *
 *   smooth   y = tanh(v) max(|v| - T, 0)
 *   soft     y = sign(v) max(|v| - T, 0)
 *
 * The parameters hold what the forward transform owes, and the constants what the inverse one does: see parameters.h.
 */
#ifndef WHT_CUDA_KERNELS_NONLINEARITY_CUH
#define WHT_CUDA_KERNELS_NONLINEARITY_CUH

#include "parameters.h"

namespace wht {
namespace cuda {

/* One instruction of the special-function unit each, error below 2 units in the last place; what the library's functions add is accuracy
 * for denormal numbers, which the formula does not need. */
__device__ __forceinline__ float fast_exp2(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return exp2f(x);
#endif
}

__device__ __forceinline__ float fast_reciprocal(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return 1.0f / x;
#endif
}

/** The smooth threshold, or (kSoft) the soft one. */
template <Mode M>
__device__ __forceinline__ float nonlinearity(float spectrum, PointParameters point, const NonlinearityConstants& constants) {
  const float v = spectrum * point.weight;
  const float over = fabsf(v) - point.threshold;
  // Written so that NaN passes: fmaxf(NaN, 0) is 0.
  if (M != kSmooth) return copysignf((over <= 0.0f ? 0.0f : over) * constants.scale, v);
  float tanh = fast_reciprocal(fast_exp2(v * kExponentScale) + 1.0f) * constants.minus_two_scale + constants.scale;
  const float square = v * v;
  const float polynomial = (square * constants.c2 + constants.c1) * square + constants.c0;
  if (fabsf(v) < kPolynomialRange) tanh = v * polynomial;
  // NaN passes through tanh.
  return tanh * fmaxf(over, 0.0f);
}

}  // namespace cuda
}  // namespace wht

#endif
