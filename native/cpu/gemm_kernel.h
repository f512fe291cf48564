/*
 * One register tile of a matrix product, C (+)= A B: rows x columns sums stay in registers over all of k, and are added to C at the end, so
 * that rounding errors grow with the length of a step and the number of steps, not with their product. A is stored as k columns of `rows`
 * values, B as k rows of `columns` values, so that both are read in order.
 */
#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

#if defined(WHT_SIMD_AVX512)
constexpr int kGemmRows = 12, kGemmVectors = 2; /* 24 of 32 registers hold sums */
#elif defined(WHT_SIMD_AVX2)
constexpr int kGemmRows = 6, kGemmVectors = 2; /* 12 of 16 */
#elif defined(WHT_SIMD_NEON)
constexpr int kGemmRows = 6, kGemmVectors = 4; /* 24 of 32 */
#else
constexpr int kGemmRows = 4, kGemmVectors = 2; /* 8 of the 16 that x86-64 has at least */
#endif

inline void gemm(int64_t k, const float* a, const float* b, float* c, bool accumulate) {
  constexpr int columns = kGemmVectors * W;
  V sum[kGemmRows][kGemmVectors];
#pragma GCC unroll 12
  for (int row = 0; row < kGemmRows; row++) {
#pragma GCC unroll 4
    for (int i = 0; i < kGemmVectors; i++) sum[row][i] = V{};
  }
  for (int64_t step = 0; step < k; step++, a += kGemmRows, b += columns) {
    V right[kGemmVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kGemmVectors; i++) right[i] = load(b + i * W);
#if defined(WHT_SIMD_NEON)
    /* Multiplied by lane: six values in a register each would leave too few for the sums. */
    const V left = load(a);
    const float32x2_t left_rest = vld1_f32(a + 4);
#endif
#pragma GCC unroll 12
    for (int row = 0; row < kGemmRows; row++) {
#if defined(WHT_SIMD_NEON)
      const float factor = row < 4 ? left[row & 3] : left_rest[row & 1];
#else
      const float factor = a[row];
#endif
#pragma GCC unroll 4
      for (int i = 0; i < kGemmVectors; i++) sum[row][i] += right[i] * factor;
    }
  }
#pragma GCC unroll 12
  for (int row = 0; row < kGemmRows; row++) {
#pragma GCC unroll 4
    for (int i = 0; i < kGemmVectors; i++)
      store(c + row * columns + i * W, accumulate ? load(c + row * columns + i * W) + sum[row][i] : sum[row][i]);
  }
}

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
