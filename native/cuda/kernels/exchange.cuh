/*
 * How several threads share the transform of one block of N = R T points.
 *
 * Thread t of T holds R of them in registers and transforms those; then the threads exchange values through shared memory so that thread t'
 * holds the points of all threads at its own R/T registers t', t' + T, ..., and transforms across what were threads. That is the whole
 * forward transform, and it leaves the values where the inverse transform starts, so the layer needs two exchanges, not four:
 *
 *   load, R-point butterflies, exchange, T-point butterflies, nonlinearity, T-point butterflies, exchange back, R-point butterflies, store
 *
 * "The kernel's own order" of parameters is the one after the exchange: thread t', then its register k T + t, which holds register t' + k T
 * of thread t.
 */
#ifndef WHT_CUDA_KERNELS_EXCHANGE_CUH
#define WHT_CUDA_KERNELS_EXCHANGE_CUH

#include "nonlinearity.cuh"
#include "butterflies.cuh"
#include "storage.cuh"

namespace wht {
namespace cuda {

template <int N>
struct Exchange {
  static constexpr int kRegisters = exchange_registers(N);
  static constexpr int kThreads = exchange_threads(N);
  static_assert(kRegisters % kThreads == 0, "every thread takes whole registers of all others");
};

/** The middle of the layer, on `Lanes` blocks side by side: value i of lane l is v[i * Lanes + l]. */
template <int N, int Lanes, Mode M>
__device__ __forceinline__ void transform_spectrum(float* v, const PointParameters* parameters, const Nonlinearity& nonlinear) {
  constexpr int R = Exchange<N>::kRegisters, T = Exchange<N>::kThreads;
#pragma unroll
  for (int lane = 0; lane < Lanes; lane++) butterflies<1, T, R, Lanes>(v + lane);
#pragma unroll
  for (int i = 0; i < R; i += 2) {
    const Pack<PointParameters, 2> two = *reinterpret_cast<const Pack<PointParameters, 2>*>(parameters + i);
#pragma unroll
    for (int lane = 0; lane < Lanes; lane++) {
      v[i * Lanes + lane] = nonlinearity<M>(v[i * Lanes + lane], two.element[0], nonlinear.constants);
      v[(i + 1) * Lanes + lane] = nonlinearity<M>(v[(i + 1) * Lanes + lane], two.element[1], nonlinear.constants);
    }
  }
#pragma unroll
  for (int lane = 0; lane < Lanes; lane++) butterflies<1, T, R, Lanes>(v + lane);
}

/** Where one thread's points of a block lie in a tensor: `count` of them, `step` elements apart; the others are padding. */
struct Points {
  uint32_t offset;
  uint32_t step;
  int32_t count;
};

/** Points thread, thread + Threads, thread + 2 Threads, ... of a block, in which a row of the inner block is no longer than Threads. */
template <int Threads>
__device__ __forceinline__ Points locate(const Side& side, uint32_t image, int32_t outer_start, int32_t inner_start, int32_t inner_bits,
                                         int thread) {
  const int32_t inner = inner_start + (thread & ((1 << inner_bits) - 1));
  const int32_t outer = outer_start + (thread >> inner_bits);
  constexpr int kThreadBits = log2_of(Threads);
  const int32_t row_bits = kThreadBits - inner_bits, rows = 1 << row_bits;
  const int32_t left = side.outer_size - outer;
  Points points;
  points.offset =
      image * side.image_stride + static_cast<uint32_t>(outer) * side.outer_stride + static_cast<uint32_t>(inner) * side.inner_stride;
  points.step = static_cast<uint32_t>(rows) * side.outer_stride;
  points.count = inner < side.inner_size && left > 0 ? (left + rows - 1) >> row_bits : 0;
  return points;
}

/** The image and the block that a unit belongs to (lanes left out), and where the block begins. */
struct BlockPosition {
  uint32_t image;
  int32_t input_outer, output_outer, inner;
};

__device__ __forceinline__ BlockPosition find_block(const Blocks& blocks, uint32_t unit) {
  const uint32_t row = blocks.inner_blocks.quotient(unit);
  const uint32_t inner_block = unit - row * blocks.inner_blocks.divisor;
  BlockPosition position;
  position.image = blocks.outer_blocks.quotient(row);
  const uint32_t outer_block = row - position.image * blocks.outer_blocks.divisor;
  position.inner = static_cast<int32_t>(inner_block << blocks.inner_bits);
  position.output_outer = static_cast<int32_t>(outer_block) * blocks.outer_block;
  position.input_outer = blocks.starts != nullptr ? blocks.starts[outer_block] : position.output_outer;
  return position;
}

}  // namespace cuda
}  // namespace wht

#endif
