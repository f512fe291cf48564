/* What the SIMD kernels offer to the CPU backend: one table of functions for each instruction set, chosen at run time. */
#ifndef WHT_CPU_KERNELS_H
#define WHT_CPU_KERNELS_H

#include <stdint.h>

#include "../backend.h"

namespace wht {

/** float16 as it is stored: IEEE 754 binary16. */
struct Half {
  uint16_t bits;
};

/**
 * Channels or positions that a tile holds side by side: one cache line of floats. The kernels of every instruction set work on tiles of
 * this width, in 1 (AVX-512), 2 (AVX2) or 4 (NEON, portable) vectors.
 */
constexpr int kTileLanes = 16;

/** Points of a sub-block: the first and the last passes finish one after the other, each in the first-level cache. */
constexpr int kInnerPoints = 64;

/**
 * Where a tile's point k lies in scratch memory, in floats. Passes over large blocks step through points that are a power of two apart; one
 * line left free after every 64 keeps those from meeting in one set of the cache.
 */
static constexpr int64_t tile_line(int64_t k) { return (k + k / kInnerPoints) * kTileLanes; }

/** The largest strip: tiles whose lanes follow each other, worked on together. */
constexpr int kMaxStrip = 4;

/** Floats of scratch memory for a tile of this many points. */
static constexpr int64_t tile_size(int64_t points) { return tile_line(points - 1) + kTileLanes; }

/**
 * One tile of a block transform: `points` points of up to 16 lanes. Element (k, lane) is read at input[input_points[k] + input_lanes[lane]]
 * and written likewise; a point of -1 reads as zero, and is not written.
 */
struct BlockTile {
  const void* input;
  void* output;
  const int32_t* input_points;
  const int32_t* output_points;
  const int32_t* spectrum_points; /* without an inverse: which point of the spectrum, in natural order, is written as point k */
  int64_t input_lanes[kTileLanes];
  int64_t output_lanes[kTileLanes];
  /* Lanes 0-15 (16), 0-7 and 8-15 (8), or each four of them (4) lie next to each other; 1: not even those. Less than 16 where not all are
   * in use. */
  int32_t contiguous_input_lanes;
  int32_t contiguous_output_lanes;
  int32_t lanes;  /* how many are in use */
  int32_t strip;  /* 1; or more, up to kMaxStrip, where points <= 64 and all lanes of so many tiles follow each other in input and output */
  int32_t points; /* a power of two */
  wht_dtype input_dtype;
  wht_dtype output_dtype;
  wht_nonlinearity nonlinearity;
  bool inverse;         /* false: the spectrum times output_scale is the result */
  bool stream;          /* write past the cache: the output is too large to stay there */
  float output_scale;   /* the inverse transform's 1/sqrt(points), or the spectrum's scale */
  const float* weights; /* with the forward transform's 1/sqrt(points) */
  const float* thresholds;
};

/** Rows of a spectrum, one after the other, whose thresholds and weights belong to the columns or (by_row) to the rows. */
struct SpectralRows {
  wht_dtype dtype;
  wht_nonlinearity nonlinearity;
  bool by_row;
  const void* input;
  const void* second_input; /* NULL, or of the output's shape: added */
  void* output;
  const float* weights;
  const float* thresholds;
  int64_t unchanged; /* so many of the points, from the first on, are left as they are */
  int64_t window;    /* so many neighbouring points are averaged */
  int64_t rows;      /* of the output; by_row, the input has `window` times as many */
  int64_t columns;   /* of the input */
};

/** Elements that are pooled together: rows x columns of them, at these strides. */
struct PoolWindow {
  wht_dtype input_dtype, output_dtype; /* alike, or float16 and float32 */
  wht_pool_function function;
  int64_t rows, columns;
  int64_t row_stride, column_stride;
  float scale; /* of an average: what the sum is multiplied with */
};

/**
 * One register tile of a convolution as a matrix product: sums[row][column] (+)= patch of row . kernel[..][column]. A patch is
 * segment_count runs of segment_length floats; run s of a row's patch begins at input[patches[row] + segments[s]].
 */
struct GemmTile {
  const float* input;
  const int64_t* patches;
  const int64_t* segments;
  int64_t segment_count, segment_length;
  const float* kernel; /* segment_count * segment_length x gemm_columns */
  float* sums;         /* rows x gemm_columns */
  int32_t rows;        /* up to gemm_rows */
  int32_t columns;     /* up to gemm_columns; what is in sums beyond them is undefined */
  bool accumulate;
};

/** activation(scale[column] * sum + bias[column]) of rows x gemm_columns sums: in place, or to output[pixels[row] + column]. */
struct GemmResult {
  float* sums;
  const float* scale; /* gemm_columns values, or NULL: all 1 */
  const float* bias;  /* gemm_columns values */
  int64_t rows;
  wht_activation activation;
  void* output; /* NULL: in place, all gemm_columns */
  wht_dtype dtype;
  int32_t columns;
  const int64_t* pixels;
};

/**
 * Output pixels of one row of a depthwise convolution in NHWC, side by side, whose patches have the same taps inside of the map: rows x
 * columns of them.
 */
struct DepthwiseRow {
  const void* input;    /* the first such tap of the first pixel */
  void* output;         /* pixels x channels */
  const float* weights; /* of that tap; kernel_size x kernel_size x channels */
  const float* scale;   /* NULL: all 1 */
  const float* bias;
  int64_t input_row; /* from a row of the input to the next, in elements */
  int64_t channels, pixels;
  int32_t kernel_size, stride, rows, columns;
  wht_dtype dtype;
  wht_activation activation;
};

/**
 * Depthwise convolution of one plane: output[row][column] = activation(scale * sum over taps of weights[tap] input[row * input_row +
 * column + tap_offsets[tap]] + bias). Up to 15 floats more are read from a row than there are columns.
 */
struct DepthwisePlane {
  const float* input;
  void* output; /* rows x columns */
  const float* weights;
  const int64_t* tap_offsets;
  int64_t input_row, rows, columns;
  float scale, bias;
  int32_t taps;
  wht_dtype dtype;
  wht_activation activation;
};

struct Kernels {
  const char* name;

  /** scratch holds strip * tile_size(points) floats, aligned to 64 bytes. */
  void (*block_transform)(const BlockTile& tile, float* scratch);

  /** The largest tile of a matrix product. */
  int gemm_rows, gemm_columns;
  void (*gemm)(const GemmTile& tile);
  void (*finish)(const GemmResult& result);

  void (*depthwise)(const DepthwiseRow& row);
  void (*depthwise_plane)(const DepthwisePlane& plane);

  /** output[i] = f(a[i], b[i]), or f(a[i], scalar) where b is NULL. */
  void (*binary)(wht_dtype dtype, wht_binary_function function, const void* a, const void* b, float scalar, void* output, int64_t count);

  /** output[i] = scale * sum over rows of input[row * stride + i]. */
  void (*mean_rows)(wht_dtype dtype, const void* input, int64_t rows, int64_t stride, float scale, void* output, int64_t count);
  /** The same for one contiguous row: scale * sum of its elements. */
  float (*mean)(wht_dtype dtype, const void* input, int64_t count, float scale);

  /** rows x columns elements: y = activation(scale * x + shift + b), with a scale and shift for each column or (by_row) each row; b may be
   * NULL. */
  void (*affine)(wht_dtype dtype, wht_activation activation, const void* x, const void* b, const float* scale, const float* shift,
                 bool by_row, void* y, int64_t rows, int64_t columns);

  /** scratch holds 2 * columns floats where the columns are windowed. */
  void (*spectral_threshold)(const SpectralRows& rows, float* scratch);

  /** output[i] = the largest, or scale * the sum, of the window whose first element is input[i]. */
  void (*pool)(const PoolWindow& window, const void* input, void* output, int64_t count);

  void (*to_float)(const Half* input, float* output, int64_t count);
  void (*to_half)(const float* input, Half* output, int64_t count);
};

/** The table for an instruction set that this processor has; by default the widest. NULL where it lacks the one named. */
const Kernels* find_kernels(const char* name);

}  // namespace wht

#endif
