/*
 * The vector type that the kernels are written in: W floats, by the compiler's vector extension, with the few things that has no operator
 * for. Compiled once for each instruction set (WHT_SIMD_AVX512, WHT_SIMD_AVX2, WHT_SIMD_NEON, WHT_SIMD_PORTABLE), each in a namespace of
 * its own (WHT_SIMD_NAMESPACE): functions of the same name compiled with other instructions must never be merged by the linker. For the
 * same reason nothing here or in a kernel may use a template or inline function of the standard library.
 */
#ifndef WHT_CPU_SIMD_H
#define WHT_CPU_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(WHT_SIMD_AVX512) || defined(WHT_SIMD_AVX2)
#include <immintrin.h>
#elif defined(WHT_SIMD_NEON)
#include <arm_neon.h>
#elif !defined(WHT_SIMD_PORTABLE)
#error "define one of WHT_SIMD_AVX512, WHT_SIMD_AVX2, WHT_SIMD_NEON, WHT_SIMD_PORTABLE"
#endif

#include "kernels.h"

#define WHT_INLINE inline __attribute__((always_inline))

namespace wht {
namespace WHT_SIMD_NAMESPACE {

#if defined(WHT_SIMD_AVX512)
constexpr int W = 16;
#elif defined(WHT_SIMD_AVX2)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

typedef float V __attribute__((vector_size(W * 4)));
typedef int32_t I __attribute__((vector_size(W * 4)));
/* The same at any address. */
typedef float VAnywhere __attribute__((vector_size(W * 4), aligned(4), may_alias));

WHT_INLINE V load(const float* p) { return *reinterpret_cast<const VAnywhere*>(p); }
WHT_INLINE void store(float* p, V v) { *reinterpret_cast<VAnywhere*>(p) = v; }
WHT_INLINE V splat(float value) { return V{} + value; }

WHT_INLINE V absolute(V v) { return reinterpret_cast<V>(reinterpret_cast<I>(v) & 0x7fffffff); }

/* max and min give `b` where a is NaN or b is: a NaN in b is kept, which is what the callers rely on. */
WHT_INLINE V max(V a, V b) {
#if defined(WHT_SIMD_AVX512)
  return _mm512_max_ps(a, b);
#elif defined(WHT_SIMD_AVX2)
  return _mm256_max_ps(a, b);
#elif defined(WHT_SIMD_NEON)
  return vmaxq_f32(a, b);
#else
  return a > b ? a : b;
#endif
}

WHT_INLINE V min(V a, V b) {
#if defined(WHT_SIMD_AVX512)
  return _mm512_min_ps(a, b);
#elif defined(WHT_SIMD_AVX2)
  return _mm256_min_ps(a, b);
#elif defined(WHT_SIMD_NEON)
  return vminq_f32(a, b);
#else
  return a < b ? a : b;
#endif
}

/* magnitude (not negative) with the sign of v, and 0 where v is 0. */
WHT_INLINE V with_sign(V magnitude, V v) {
  const I sign = reinterpret_cast<I>(v) & static_cast<int32_t>(0x80000000);
  const V signed_magnitude = reinterpret_cast<V>(reinterpret_cast<I>(magnitude) | sign);
  return v == 0.0f ? v : signed_magnitude;
}

/*
 * s tanh(v) = v P(v^2) / Q(v^2), P times a scale s that costs nothing so. A rational minimax fit on |v| <= 8, where tanh is 1 to float
 * precision, of the relative error (1.5e-7 exact, 4.3e-7 at worst in float arithmetic), so that small values keep their digits. A NaN stays
 * one.
 */
struct ScaledTanh {
  V p[4];

  WHT_INLINE explicit ScaledTanh(float scale) {
    p[0] = splat(0.9999998807907104f * scale);
    p[1] = splat(0.1292566955089569f * scale);
    p[2] = splat(0.0029510280583053827f * scale);
    p[3] = splat(1.1428425750636961e-05f * scale);
  }

  WHT_INLINE V operator()(V v) const {
    const V x = min(splat(8.0f), max(splat(-8.0f), v));
    const V u = x * x;
    V numerator = u * p[3] + p[2];
    numerator = numerator * u + p[1];
    numerator = numerator * u + p[0];
    V denominator = u * 2.459203471971705e-07f + 0.00023866951232776046f;
    denominator = denominator * u + 0.02381557784974575f;
    denominator = denominator * u + 0.4625888466835022f;
    denominator = denominator * u + 1.0f;
    return x * numerator / denominator;
  }
};

/* ---- float16 ---- */

inline float half_to_float(Half half) {
  const uint32_t sign = (half.bits & 0x8000u) << 16, exponent = (half.bits >> 10) & 31u, mantissa = half.bits & 0x3ffu;
  uint32_t bits;
  if (exponent == 31u) {
    bits = sign | 0x7f800000u | (mantissa << 13);
  } else if (exponent != 0u) {
    bits = sign | ((exponent + 112u) << 23) | (mantissa << 13);
  } else {  // zero and subnormals: mantissa * 2^-24, exact in float
    const float value = static_cast<float>(mantissa) * 5.9604644775390625e-08f;
    memcpy(&bits, &value, 4);
    bits |= sign;
  }
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

/* Rounds to nearest, ties to even, as the hardware does. */
inline Half float_to_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  bits &= 0x7fffffffu;
  uint32_t half;
  if (bits > 0x7f800000u) {
    half = 0x7e00u | ((bits >> 13) & 0x3ffu);
  } else if (bits >= 0x477ff000u) {  // rounds to infinity
    half = 0x7c00u;
  } else if (bits < 0x38800000u) {  // subnormal: adding 0.5 leaves the value, in units of 2^-24, in the low bits, rounded
    float magnitude;
    memcpy(&magnitude, &bits, 4);
    magnitude += 0.5f;
    uint32_t sum;
    memcpy(&sum, &magnitude, 4);
    half = sum - 0x3f000000u;
  } else {
    half = (bits + 0xfffu + ((bits >> 13) & 1u) - 0x38000000u) >> 13;
  }
  return Half{static_cast<uint16_t>(sign | half)};
}

WHT_INLINE V load(const Half* p) {
#if defined(WHT_SIMD_AVX512)
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(WHT_SIMD_AVX2)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(WHT_SIMD_NEON)
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(&p->bits)));
#else
  V v{};
  for (int i = 0; i < W; i++) v[i] = half_to_float(p[i]);
  return v;
#endif
}

WHT_INLINE void store(Half* p, V v) {
#if defined(WHT_SIMD_AVX512)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif defined(WHT_SIMD_AVX2)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif defined(WHT_SIMD_NEON)
  vst1_u16(&p->bits, vreinterpret_u16_f16(vcvt_f16_f32(v)));
#else
  for (int i = 0; i < W; i++) p[i] = float_to_half(v[i]);
#endif
}

inline float load_one(const float* p) { return *p; }
inline float load_one(const Half* p) { return half_to_float(*p); }
inline void store_one(float* p, float value) { *p = value; }
inline void store_one(Half* p, float value) { *p = float_to_half(value); }

/* One line of a tile, written past the cache; p is aligned to 64 bytes. */
WHT_INLINE void stream_line(float* p, const float* line) {
#if defined(WHT_SIMD_AVX512)
  _mm512_stream_ps(p, load(line));
#elif defined(WHT_SIMD_AVX2)
  _mm256_stream_ps(p, load(line));
  _mm256_stream_ps(p + 8, load(line + 8));
#else
  for (int i = 0; i < kTileLanes; i += W) store(p + i, load(line + i));
#endif
}

/* Makes streamed lines visible before anything that is stored later: they obey no order of their own. */
WHT_INLINE void finish_streaming() {
#if defined(WHT_SIMD_AVX512) || defined(WHT_SIMD_AVX2)
  _mm_sfence();
#endif
}

/* ---- transposition ---- */

#if defined(WHT_SIMD_AVX512) || defined(WHT_SIMD_AVX2)

WHT_INLINE __m256 load_eight(const float* p) { return _mm256_loadu_ps(p); }
WHT_INLINE __m256 load_eight(const Half* p) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
WHT_INLINE void store_eight(float* p, __m256 v) { _mm256_storeu_ps(p, v); }
WHT_INLINE void store_eight(Half* p, __m256 v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

WHT_INLINE void transpose_8x8(__m256 (&r)[8]) {
  __m256 a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
    b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
    b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    r[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}

#else

WHT_INLINE void transpose_4x4(V (&r)[4]) {
#if defined(WHT_SIMD_NEON)
  const float64x2_t a = vreinterpretq_f64_f32(vtrn1q_f32(r[0], r[1])), b = vreinterpretq_f64_f32(vtrn2q_f32(r[0], r[1]));
  const float64x2_t c = vreinterpretq_f64_f32(vtrn1q_f32(r[2], r[3])), d = vreinterpretq_f64_f32(vtrn2q_f32(r[2], r[3]));
  r[0] = vreinterpretq_f32_f64(vtrn1q_f64(a, c));
  r[1] = vreinterpretq_f32_f64(vtrn1q_f64(b, d));
  r[2] = vreinterpretq_f32_f64(vtrn2q_f64(a, c));
  r[3] = vreinterpretq_f32_f64(vtrn2q_f64(b, d));
#else
  const V columns[4] = {r[0], r[1], r[2], r[3]};
  for (int i = 0; i < 4; i++) r[i] = V{columns[0][i], columns[1][i], columns[2][i], columns[3][i]};
#endif
}

#endif

/* v[i] = the i-th of 8 consecutive elements, in each of W rows. */
template <class T>
WHT_INLINE void load_transposed(const T* base, const int64_t* rows, V (&v)[8]) {
#if defined(WHT_SIMD_AVX512)
  __m256 low[8], high[8];
  for (int i = 0; i < 8; i++) low[i] = load_eight(base + rows[i]);
  for (int i = 0; i < 8; i++) high[i] = load_eight(base + rows[i + 8]);
  transpose_8x8(low);
  transpose_8x8(high);
  for (int i = 0; i < 8; i++) v[i] = _mm512_insertf32x8(_mm512_castps256_ps512(low[i]), high[i], 1);
#elif defined(WHT_SIMD_AVX2)
  __m256 r[8];
  for (int i = 0; i < 8; i++) r[i] = load_eight(base + rows[i]);
  transpose_8x8(r);
  for (int i = 0; i < 8; i++) v[i] = r[i];
#else
  for (int half = 0; half < 8; half += 4) {
    V r[4];
    for (int i = 0; i < 4; i++) r[i] = load(base + rows[i] + half);
    transpose_4x4(r);
    for (int i = 0; i < 4; i++) v[half + i] = r[i];
  }
#endif
}

template <class T>
WHT_INLINE void store_transposed(T* base, const int64_t* rows, const V (&v)[8]) {
#if defined(WHT_SIMD_AVX512)
  __m256 low[8], high[8];
  for (int i = 0; i < 8; i++) low[i] = _mm512_castps512_ps256(v[i]);
  for (int i = 0; i < 8; i++) high[i] = _mm512_extractf32x8_ps(v[i], 1);
  transpose_8x8(low);
  transpose_8x8(high);
  for (int i = 0; i < 8; i++) store_eight(base + rows[i], low[i]);
  for (int i = 0; i < 8; i++) store_eight(base + rows[i + 8], high[i]);
#elif defined(WHT_SIMD_AVX2)
  __m256 r[8];
  for (int i = 0; i < 8; i++) r[i] = v[i];
  transpose_8x8(r);
  for (int i = 0; i < 8; i++) store_eight(base + rows[i], r[i]);
#else
  for (int half = 0; half < 8; half += 4) {
    V r[4] = {v[half], v[half + 1], v[half + 2], v[half + 3]};
    transpose_4x4(r);
    for (int i = 0; i < 4; i++) store(base + rows[i] + half, r[i]);
  }
#endif
}

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht

#endif
