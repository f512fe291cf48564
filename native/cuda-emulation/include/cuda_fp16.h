/* Stands in for CUDA's float16 header: storage and conversion, rounded to the nearest even as on a GPU, a NaN becoming the GPU's only one.
 */
#ifndef WHT_CUDA_EMULATION_CUDA_FP16_H
#define WHT_CUDA_EMULATION_CUDA_FP16_H

#include "cuda_runtime.h"

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.

struct __half {
  unsigned short bits;
};
struct __attribute__((aligned(4))) __half2 {
  __half x, y;
};
static_assert(sizeof(__half) == 2 && sizeof(__half2) == 4, "as they are stored");

inline unsigned short __half_as_ushort(__half v) { return v.bits; }
inline __half __ushort_as_half(unsigned short bits) {
  __half v;
  v.bits = bits;
  return v;
}

inline __half __float2half_rn(float value) {
  const uint32_t bits = __float_as_uint(value), magnitude = bits & 0x7fffffffu;
  uint32_t half;
  if (magnitude > 0x7f800000u) return __ushort_as_half(0x7fff);  // a NaN
  if (magnitude >= 0x47800000u) {                                // 65536 and more
    half = 0x7c00;
  } else if (magnitude < 0x38800000u) {
    // Below 2^-14, float16 has steps of 2^-24, and so has float in [0.5, 1): the addition rounds.
    half = __float_as_uint(__uint_as_float(magnitude) + 0.5f) - 0x3f000000u;
  } else {
    // The exponents' offsets differ by 112. Rounding may carry into the exponent, and from 65504 on to infinity, as it should.
    half = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  }
  return __ushort_as_half(static_cast<unsigned short>(half | ((bits >> 16) & 0x8000u)));
}

inline float __half2float(__half value) {
  const uint32_t sign = (value.bits & 0x8000u) << 16, magnitude = value.bits & 0x7fffu;
  if (magnitude > 0x7c00u) return __uint_as_float(0x7fffffffu);  // a NaN
  if (magnitude == 0x7c00u) return __uint_as_float(sign | 0x7f800000u);
  if (magnitude >= 0x0400u) return __uint_as_float(sign | ((magnitude << 13) + (112u << 23)));
  const float subnormal = static_cast<float>(magnitude) * 5.9604644775390625e-08f;  // times 2^-24, exact
  return __uint_as_float(sign | __float_as_uint(subnormal));
}

inline __half __float2half(float value) { return __float2half_rn(value); }
inline __half2 __halves2half2(__half low, __half high) {
  __half2 v;
  v.x = low;
  v.y = high;
  return v;
}
inline __half __low2half(__half2 v) { return v.x; }
inline __half __high2half(__half2 v) { return v.y; }
inline float __low2float(__half2 v) { return __half2float(v.x); }
inline float __high2float(__half2 v) { return __half2float(v.y); }
inline float2 __half22float2(__half2 v) { return make_float2(__half2float(v.x), __half2float(v.y)); }
inline __half2 __floats2half2_rn(float low, float high) { return __halves2half2(__float2half_rn(low), __float2half_rn(high)); }
inline __half2 __float22half2_rn(float2 v) { return __floats2half2_rn(v.x, v.y); }

// NOLINTEND(bugprone-reserved-identifier)

#endif
