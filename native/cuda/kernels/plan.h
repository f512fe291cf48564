/*
 * What the host tells the kernels: where blocks lie, their parameters, and the functions that launch. Plain C++14, for nvcc 10.2 and every
 * host compiler.
 */
#ifndef WHT_CUDA_KERNELS_PLAN_H
#define WHT_CUDA_KERNELS_PLAN_H

#include <cuda_runtime.h>

#include <cstdint>

#include "../../backend.h"

namespace wht {
namespace cuda {

/** Division of numbers below 2^31 by a constant: a multiplication and a shift, since a GPU divides in some 20 instructions. */
struct Divider {
  uint32_t divisor, multiplier, shift;

  __host__ __device__ uint32_t quotient(uint32_t n) const {
#if defined(__CUDA_ARCH__)
    const uint32_t high = __umulhi(n, multiplier);
#else
    const uint32_t high = static_cast<uint32_t>((static_cast<uint64_t>(n) * multiplier) >> 32);
#endif
    return (high + n) >> shift;
  }
};

/** @param divisor 1 to 2^31 */
inline Divider make_divider(uint32_t divisor) {
  uint32_t shift = 0;
  while ((uint64_t{1} << shift) < divisor) shift++;
  const uint64_t multiplier = (uint64_t{1} << 32) * ((uint64_t{1} << shift) - divisor) / divisor + 1;
  return Divider{divisor, static_cast<uint32_t>(multiplier), shift};
}

/**
 * Blocks of one tensor, as an outer times an inner dimension: point p = outer_position * inner_block + inner_position. A 1D block has an
 * inner block of one. Which of a plane's axes is the outer one does not matter to the transform, since H_a ⊗ H_b in either order is the
 * matrix of the flattened index; the parameters are permuted to match. Offsets are in elements; all of a tensor's are below 2^31.
 */
struct Side {
  uint32_t image_stride;
  uint32_t outer_stride, inner_stride;
  int32_t outer_size, inner_size; /* points beyond read as zero and are not written */
};

/**
 * Blocks are numbered (image * outer_blocks + outer block) * inner_blocks + inner block. Each has lane_count lanes, which are transformed
 * alike and lie next to each other in memory; where points do so, there is one lane.
 */
struct Blocks {
  Side input, output;
  const int32_t* starts; /* the outer position at which each outer block of the input begins; NULL: one after the other */
  int32_t outer_block, inner_bits;
  Divider outer_blocks, inner_blocks;
  uint32_t lane_count;
  uint32_t images;
  uint32_t units;      /* blocks; for kernels, the pieces of work that the launcher makes of them */
  Divider lane_groups; /* set by the launcher: how many groups of lanes threads or blocks of threads take */
};

/** What happens to the spectrum. kSoft with thresholds of 0 is the identity. */
enum Mode { kSmooth = 0, kSoft = 1, kSpectrum = 2 };

/** w (times what the forward transform owes) and T of one point. */
struct PointParameters {
  float weight, threshold;
};

/** What scales the result, and tanh's polynomial, scaled: see parameters.h. */
struct NonlinearityConstants {
  float scale, minus_two_scale, c0, c1, c2;
};

struct Nonlinearity {
  const PointParameters* parameters;      /* device memory, in the kernel's own order */
  const PointParameters* host_parameters; /* the same in host memory, for kernels that take them by value */
  NonlinearityConstants constants;
  /* kSpectrum: point i of the kernel's own order goes to position positions[i] (in contiguous_exchange: to that place of shared memory). */
  const int32_t* positions;      /* device memory */
  const int32_t* host_positions; /* the same in host memory */
};

__host__ __device__ constexpr int log2_of(int power_of_two) { return power_of_two <= 1 ? 0 : 1 + log2_of(power_of_two / 2); }

/** The largest block of the specialised kernels. */
constexpr int kMaxPoints = 4096;
/** The largest block whose points one thread holds in registers. */
constexpr int kMaxRegisterPoints = 64;
/** The inner block that strided kernels of up to kMaxRegisterPoints points are compiled for, besides 1: as square as can be. */
__host__ __device__ constexpr int square_inner(int points) { return points >= 64 ? 8 : points >= 16 ? 4 : points >= 4 ? 2 : 1; }

/** How the exchange kernels share a block's points among threads; see exchange.cuh. */
__host__ __device__ constexpr int exchange_registers(int points) { return points >= 2048 ? 64 : points >= 512 ? 32 : 16; }
__host__ __device__ constexpr int exchange_threads(int points) { return points / exchange_registers(points); }
/** Threads of a row in the shuffle kernel: enough that a row of a square block is never wider. */
__host__ __device__ constexpr int shuffle_registers(int points) { return points >= 64 ? 8 : points >= 16 ? 4 : points >= 4 ? 2 : 1; }
__host__ __device__ constexpr int shuffle_threads(int points) { return points / shuffle_registers(points); }

/* ---- launchers; each returns the launch's status ---- */

/** Rows of `points` (1 to 4096, a power of two) that follow each other without gaps. `spectra`: row i has parameters i % spectra. */
cudaError_t launch_contiguous_dense(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, uint32_t rows, uint32_t spectra,
                                    const Nonlinearity& nonlinearity, const void* input, void* output);

/** One lane: blocks whose rows are contiguous but have gaps between them, or edges. Not for kSpectrum. 2 to 4096 points. */
cudaError_t launch_contiguous_blocks(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, const Blocks& blocks,
                                     const Nonlinearity& nonlinearity, const void* input, void* output);

/** Many lanes. 2 to 4096 points; up to 64, the inner block is 1 or square_inner(points). For kSpectrum the inner block is 1. */
cudaError_t launch_strided(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, const Blocks& blocks,
                           const Nonlinearity& nonlinearity, const void* input, void* output);

/** Any block transform as blocks in a workspace of float32, point by point, block after block. */
struct GeneralPlan {
  wht_layout layout;
  int32_t over_plane;
  int32_t height, width, channels;             /* of the input */
  int32_t out_height, out_width, out_channels; /* of the output */
  int32_t block_height, block_width;
  int32_t down, across; /* blocks of a plane; over channels: 1 and blocks of a position */
  int32_t stride;
  int32_t window;        /* channels averaged, over channels */
  const int32_t* starts; /* as in Blocks */
  const int32_t* points; /* kSpectrum: which point of the block stands at each position of the output; else NULL */
  float scale;
};
/** `images` images into the workspace. */
cudaError_t launch_gather(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const void* input,
                          float* workspace);
/** And from there to the output: averaged over windows, cropped, times scale. */
cudaError_t launch_scatter(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const float* workspace,
                           void* output);

/** y = f(a, b); see wht_binary. layout, positions (h * w) and channels matter with WHT_BROADCAST_CHANNELS. */
struct BinaryPlan {
  wht_layout layout;
  wht_binary_function function;
  wht_broadcast broadcast;
  float scalar;
  uint32_t positions, channels;
};
cudaError_t launch_binary(cudaStream_t stream, wht_dtype dtype, const BinaryPlan& plan, uint32_t count, const void* a, const void* b,
                          void* output);
/** The mean of each image's channel. */
cudaError_t launch_global_average_pool(cudaStream_t stream, wht_dtype dtype, wht_layout layout, uint32_t images, uint32_t positions,
                                       uint32_t channels, const void* input, void* output);
/** y = activation(scale[channel] * x + shift[channel] + b); see wht_affine. */
struct AffinePlan {
  wht_layout layout;
  wht_activation activation;
  uint32_t positions, channels;
  const float* scale; /* device memory; NULL: all 1 */
  const float* shift; /* device memory; NULL: none */
};
/** y may be x or b; b may be NULL. */
cudaError_t launch_affine(cudaStream_t stream, wht_dtype dtype, const AffinePlan& plan, uint32_t images, const void* x, const void* b,
                          void* y);

/** See wht_spectral_threshold. */
struct SpectralThresholdPlan {
  const PointParameters* parameters; /* device memory, in the order of the points; thresholds of 0 and not smooth: the identity */
  NonlinearityConstants constants;
  bool smooth;
  uint32_t points, unchanged, window;
  uint32_t run; /* neighbouring elements of one point: positions (channels in NCHW), channels (a plane's points in NHWC), or one */
};
/** @param count elements of y, which may be x or b where window is 1; b may be NULL */
cudaError_t launch_spectral_threshold(cudaStream_t stream, wht_dtype dtype, const SpectralThresholdPlan& plan, uint32_t count,
                                      const void* x, const void* b, void* y);

/** See wht_pool. NHWC has a map for each image, with its channels as lanes; NCHW a map for each channel, with one lane. */
struct PoolPlan {
  wht_pool_function function;
  uint32_t maps, lanes;
  int32_t height, width, out_height, out_width;
  int32_t size, stride, padding;
};
cudaError_t launch_pool(cudaStream_t stream, wht_dtype dtype, const PoolPlan& plan, const void* input, void* output);

/** Sizes of an image along its axes in the order of memory, the last of which is that of neighbouring elements; see wht_crop_or_pad. */
struct CropOrPadPlan {
  uint32_t from[3], to[3];
};
cudaError_t launch_crop_or_pad(cudaStream_t stream, wht_dtype dtype, const CropOrPadPlan& plan, uint32_t images, const void* input,
                               void* output);

/** A convolution with a group for each channel, which has one output; see wht_convolution. */
struct DepthwisePlan {
  wht_layout layout;
  wht_activation activation;
  int32_t height, width, out_height, out_width, channels;
  int32_t size, stride;
  const float* kernel; /* device memory; size x size x channels, scaled */
  const float* bias;   /* device memory; NULL: none */
};
cudaError_t launch_depthwise(cudaStream_t stream, wht_dtype dtype, const DepthwisePlan& plan, uint32_t images, const void* input,
                             void* output);

/** Each of `matrices` matrices of rows x columns transposed: NHWC to NCHW and back. Not in place. */
cudaError_t launch_transpose(cudaStream_t stream, wht_dtype dtype, uint32_t matrices, uint32_t rows, uint32_t columns, const void* input,
                             void* output);
cudaError_t launch_to_float(cudaStream_t stream, uint32_t count, const void* halves, float* floats);
cudaError_t launch_to_half(cudaStream_t stream, uint32_t count, const float* floats, void* halves);

/** Whether this library has code for the current device: cudaSuccess, or the reason. */
cudaError_t find_device_code();

}  // namespace cuda
}  // namespace wht

#endif
