/*
 * The AVX-512 instructions that native/cpu/simd.h names, out of AVX2: included before it (CMake's WHT_EMULATE_AVX512), it lets a machine
 * without AVX-512 run the 16-lane kernels, so that their logic is tested everywhere. What it can't show is the speed, or a fault of the
 * compiler's AVX-512 code.
 */
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace emulated {

typedef float Floats __attribute__((vector_size(64)));

union Halves {
  Floats whole;
  __m256 part[2];
};

static inline Floats max(Floats a, Floats b) {
  Halves x{a}, y{b};
  for (int i = 0; i < 2; i++) x.part[i] = _mm256_max_ps(x.part[i], y.part[i]);
  return x.whole;
}

static inline Floats min(Floats a, Floats b) {
  Halves x{a}, y{b};
  for (int i = 0; i < 2; i++) x.part[i] = _mm256_min_ps(x.part[i], y.part[i]);
  return x.whole;
}

static inline Floats from_half(__m256i halves) {
  Halves x;
  x.part[0] = _mm256_cvtph_ps(_mm256_castsi256_si128(halves));
  x.part[1] = _mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1));
  return x.whole;
}

static inline __m256i to_half(Floats v) {
  const Halves x{v};
  const __m128i low = _mm256_cvtps_ph(x.part[0], _MM_FROUND_TO_NEAREST_INT), high = _mm256_cvtps_ph(x.part[1], _MM_FROUND_TO_NEAREST_INT);
  return _mm256_set_m128i(high, low);
}

static inline void stream(float* p, Floats v) {
  const Halves x{v};
  _mm256_stream_ps(p, x.part[0]);
  _mm256_stream_ps(p + 8, x.part[1]);
}

static inline Floats from_low(__m256 low) {
  Halves x{};
  x.part[0] = low;
  return x.whole;
}

static inline __m256 part(Floats v, int i) { return Halves{v}.part[i]; }

static inline Floats insert(Floats v, __m256 part, int i) {
  Halves x{v};
  x.part[i] = part;
  return x.whole;
}

}  // namespace emulated

/* Macros, since the compiler's own declarations of these names can't be called from code compiled for AVX2. */
#define _mm512_max_ps(a, b) emulated::max(a, b)
#define _mm512_min_ps(a, b) emulated::min(a, b)
#define _mm512_cvtph_ps(v) emulated::from_half(v)
#undef _mm512_cvtps_ph
#define _mm512_cvtps_ph(v, rounding) emulated::to_half(v)
#define _mm512_stream_ps(p, v) emulated::stream(p, v)
#define _mm512_castps256_ps512(v) emulated::from_low(v)
#define _mm512_castps512_ps256(v) emulated::part(v, 0)
#undef _mm512_insertf32x8
#define _mm512_insertf32x8(v, half, i) emulated::insert(v, half, i)
#undef _mm512_extractf32x8_ps
#define _mm512_extractf32x8_ps(v, i) emulated::part(v, i)
