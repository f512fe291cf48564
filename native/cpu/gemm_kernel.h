/*
 * One register tile of a matrix product whose left rows are patches of a map: rows x columns sums stay in registers over a step of K, and
 * are added to what is there at the end, so that rounding errors grow with the length of a step and the number of steps, not with their
 * product. The rows are read where they lie, by a pointer each; the right matrix has been packed to be read in order.
 */
#include "elementwise_kernels.h"
#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

#if defined(WHT_SIMD_AVX512)
constexpr int kGemmRows = 12, kGemmVectors = 2; /* 24 of 32 registers hold sums */
#elif defined(WHT_SIMD_AVX2)
constexpr int kGemmRows = 6, kGemmVectors = 2; /* 12 of 16 */
#elif defined(WHT_SIMD_NEON)
constexpr int kGemmRows = 8, kGemmVectors = 2; /* 16 of 32, and 8 hold four values of each row */
#else
constexpr int kGemmRows = 4, kGemmVectors = 2; /* 8 of the 16 that x86-64 has at least */
#endif
constexpr int kGemmColumns = kGemmVectors * W;

template <int Rows, int Vectors>
void gemm_tile(const GemmTile& tile) {
  V sum[Rows][Vectors];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 2
    for (int i = 0; i < Vectors; i++) sum[r][i] = V{};
  }
  const float* b = tile.kernel;
  for (int64_t segment = 0; segment < tile.segment_count; segment++) {
    const float* first = tile.input + tile.segments[segment];
    const float* row[Rows];
#pragma GCC unroll 12
    for (int r = 0; r < Rows; r++) row[r] = first + tile.patches[r];
    int64_t k = 0;
#if defined(WHT_SIMD_NEON)
    /* Multiplied by lane: a value of each row in a register of its own would take a load each. */
    for (; k + 4 <= tile.segment_length; k += 4) {
      V left[Rows];
#pragma GCC unroll 12
      for (int r = 0; r < Rows; r++) left[r] = load(row[r] + k);
#pragma GCC unroll 4
      for (int step = 0; step < 4; step++, b += kGemmColumns) {
        V right[Vectors];
#pragma GCC unroll 2
        for (int i = 0; i < Vectors; i++) right[i] = load(b + i * W);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 2
          for (int i = 0; i < Vectors; i++) sum[r][i] += right[i] * left[r][step];
        }
      }
    }
#endif
    for (; k < tile.segment_length; k++, b += kGemmColumns) {
      V right[Vectors];
#pragma GCC unroll 2
      for (int i = 0; i < Vectors; i++) right[i] = load(b + i * W);
#pragma GCC unroll 12
      for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 2
        for (int i = 0; i < Vectors; i++) sum[r][i] += right[i] * row[r][k];
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 2
    for (int i = 0; i < Vectors; i++) {
      float* to = tile.sums + r * kGemmColumns + i * W;
      store(to, tile.accumulate ? load(to) + sum[r][i] : sum[r][i]);
    }
  }
}

/* The tile with as many rows, and as few vectors, as are in use. */
template <int Rows>
WHT_INLINE void gemm_of_rows(const GemmTile& tile) {
  if constexpr (Rows > 1) {
    if (tile.rows < Rows) return gemm_of_rows<Rows - 1>(tile);
  }
  if (tile.columns > W) {
    gemm_tile<Rows, 2>(tile);
  } else {
    gemm_tile<Rows, 1>(tile);
  }
}

inline void gemm(const GemmTile& tile) { gemm_of_rows<kGemmRows>(tile); }

/* z = scale s + bias of each sum s of a row, activated. */
template <wht_activation A, class T>
WHT_INLINE void finish_row(const float* sums, const float* scale, const float* bias, int64_t count, T* output) {
  int64_t i = 0;
  for (; i + W <= count; i += W) {
    const V z = scale ? load(sums + i) * load(scale + i) : load(sums + i);
    store(output + i, activated<A>(z + load(bias + i)));
  }
  if (i == count) return;
  const V z = scale ? load(sums + i) * load(scale + i) : load(sums + i);
  store_some(output + i, activated<A>(z + load(bias + i)), count - i);
}

template <wht_activation A>
void finish_with(const GemmResult& result) {
  for (int64_t row = 0; row < result.rows; row++) {
    float* sums = result.sums + row * kGemmColumns;
    if (result.output == nullptr) {
      finish_row<A>(sums, result.scale, result.bias, kGemmColumns, sums);
    } else if (result.dtype == WHT_FLOAT32) {
      finish_row<A>(sums, result.scale, result.bias, result.columns, static_cast<float*>(result.output) + result.pixels[row]);
    } else {
      finish_row<A>(sums, result.scale, result.bias, result.columns, static_cast<Half*>(result.output) + result.pixels[row]);
    }
  }
}

inline void finish(const GemmResult& result) {
  switch (result.activation) {
    case WHT_RELU: return finish_with<WHT_RELU>(result);
    case WHT_RELU6: return finish_with<WHT_RELU6>(result);
    case WHT_HARD_SWISH: return finish_with<WHT_HARD_SWISH>(result);
    case WHT_HARD_SIGMOID: return finish_with<WHT_HARD_SIGMOID>(result);
    case WHT_KERAS_HARD_SIGMOID: return finish_with<WHT_KERAS_HARD_SIGMOID>(result);
    default: return finish_with<WHT_IDENTITY>(result);
  }
}

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
