/*
 * The nonlinearity's parameters and constants, with the factors of both transforms in them.
 *
 * With n points, the forward transform owes s = 1/sqrt(n), which is in the weights. Thresholds are as they were given: rounded once more,
 * they would cost accuracy where |v| - T is small. The inverse transform owes s too, which is in the constants that scale the result.
 */
#ifndef WHT_CUDA_KERNELS_PARAMETERS_H
#define WHT_CUDA_KERNELS_PARAMETERS_H

#include "plan.h"

namespace wht {
namespace cuda {

/** 2 log2(e): exp(2 v) = exp2(kExponentScale v). */
constexpr float kExponentScale = 2.8853900817779268f;
/** Below this |v| a polynomial is more accurate than the exponential, whose difference from 1 loses digits. */
constexpr float kPolynomialRange = 0.2f;
/** tanh(v) / v = c0 + c1 v^2 + c2 v^4, relative error 1.1e-7 up to |v| = kPolynomialRange (a minimax fit). */
constexpr double kTanh0 = 0.99999989, kTanh1 = -0.33328591, kTanh2 = 0.13015408;

/** @param scale what the result is to be multiplied with */
inline NonlinearityConstants nonlinearity_constants(double scale) {
  return NonlinearityConstants{static_cast<float>(scale), static_cast<float>(-2 * scale), static_cast<float>(scale * kTanh0),
                               static_cast<float>(scale * kTanh1), static_cast<float>(scale * kTanh2)};
}

}  // namespace cuda
}  // namespace wht

#endif
