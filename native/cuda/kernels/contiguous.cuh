/*
 * Block transforms whose points lie next to each other: 1D on NHWC, 2D on NCHW. Three kernels:
 *
 *   contiguous_dense     up to 64 points; blocks follow each other without gaps, so a thread loads whole vectors
 *   contiguous_shuffle   up to 64 points; blocks with gaps or edges
 *   contiguous_exchange  128 to 4096 points: a warp or two for each block
 *
 * T is how a tensor is stored, N the points of a block, M what happens to the spectrum.
 */
#include "exchange.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {

/** Threads of a block of threads, for all contiguous kernels but the largest. */
constexpr int kContiguousThreads = 128;

/** Values that one thread of contiguous_dense holds: one or two vectors of four. */
__host__ __device__ constexpr int dense_values(int points) { return points >= 64 ? 8 : 4; }

__device__ __forceinline__ void load_parameters(const PointParameters* source, PointParameters (&loaded)[4]) {
#pragma unroll
  for (int i = 0; i < 4; i += 2) {
    const Pack<PointParameters, 2> two = *reinterpret_cast<const Pack<PointParameters, 2>*>(source + i);
    loaded[i] = two.element[0];
    loaded[i + 1] = two.element[1];
  }
}

/** `count` elements in all. Vector i of thread t of a block begins at point 4 (t + i kThreads): neighbouring threads load neighbouring
 * vectors. */
template <class T, int N, Mode M>
__global__ void __launch_bounds__(kContiguousThreads) contiguous_dense(uint32_t count, Nonlinearity nonlinear, const T* input, T* output) {
  constexpr int V = dense_values(N);
  constexpr int kThreads = N < V ? 1 : N / V;  // threads of a block
  const uint32_t unit = (blockIdx.x * kContiguousThreads + threadIdx.x) / kThreads;
  const int thread = threadIdx.x % kThreads;
  const uint32_t first = unit * (V * kThreads) + thread * 4;
  // Threads past the end must take part in shuffles. Only blocks smaller than a vector can end inside one.
  const bool whole = first + V <= count;
  float v[V];
#pragma unroll
  for (int i = 0; i < V; i += 4) load_if<4>(whole, input + (first + i * kThreads), v + i);
  if (N < 4 && !whole) {
#pragma unroll
    for (int i = 0; i < V; i++) load_if<1>(first + i < count, input + (first + i), v + i);
  }

  constexpr int kInThread = N < V ? N : V;  // points of a block that one thread holds
  butterflies<1, kInThread, V>(v);
  butterflies_across_threads<kThreads, V>(v, thread);
  if (M == kSpectrum) {
    // Through shared memory to where each point belongs, so that it is whole vectors that are stored.
    __shared__ float tile[kContiguousThreads * V];
    float* block = tile + threadIdx.x / kThreads * (V * kThreads);
#pragma unroll
    for (int i = 0; i < V; i++) {
      const int point = N < V ? i % N : thread * 4 + i % 4 + i / 4 * 4 * kThreads;
      block[(N < V ? i / N * N : 0) + nonlinear.positions[point]] = v[i] * nonlinear.constants.scale;
    }
    __syncwarp();
#pragma unroll
    for (int i = 0; i < V; i++) v[i] = block[thread * 4 + i % 4 + i / 4 * 4 * kThreads];
  } else {
#pragma unroll
    for (int i = 0; i < V; i += 4) {
      PointParameters parameters[4];
      if (N < 4) {
#pragma unroll
        for (int j = 0; j < 4; j++) parameters[j] = nonlinear.parameters[j % N];
      } else {
        load_parameters(nonlinear.parameters + thread * 4 + i * kThreads, parameters);
      }
#pragma unroll
      for (int j = 0; j < 4; j++) v[i + j] = nonlinearity<M>(v[i + j], parameters[j], nonlinear.constants);
    }
    butterflies_across_threads<kThreads, V>(v, thread);
    butterflies<1, kInThread, V>(v);
  }

  if (whole) {
#pragma unroll
    for (int i = 0; i < V; i += 4) store<4>(output + (first + i * kThreads), v + i);
  } else if (N < 4) {
#pragma unroll
    for (int i = 0; i < V; i++) {
      if (first + i < count) store<1>(output + (first + i), v + i);
    }
  }
}

/** Images whose blocks a thread of contiguous_shuffle transforms one beside the other, since finding a block costs as much as many points.
 */
__host__ __device__ constexpr int shuffle_images(int points) { return points >= 16 ? 8 : 16; }

template <class T, int N, Mode M>
__global__ void __launch_bounds__(kContiguousThreads) contiguous_shuffle(Blocks blocks, Nonlinearity nonlinear, const T* input, T* output) {
  constexpr int R = shuffle_registers(N), kThreads = shuffle_threads(N), kImages = shuffle_images(N);
  const uint32_t unit = (blockIdx.x * kContiguousThreads + threadIdx.x) / kThreads;
  const int thread = threadIdx.x % kThreads;
  // Threads past the end must take part in shuffles.
  BlockPosition block = find_block(blocks, unit < blocks.units ? unit : 0);
  block.image *= kImages;
  const int images = unit < blocks.units ? blocks.images - block.image : 0;
  const Points from = locate<kThreads>(blocks.input, block.image, block.input_outer, block.inner, blocks.inner_bits, thread);
  float v[kImages * R];
  const T* source = input + from.offset;
#pragma unroll
  for (int image = 0; image < kImages; image++, source += blocks.input.image_stride) {
    const T* point = source;
#pragma unroll
    for (int i = 0; i < R; i++, point += from.step) load_if<1>(image < images && i < from.count, point, v + image * R + i);
  }

#pragma unroll
  for (int image = 0; image < kImages; image++) butterflies<1, R, R>(v + image * R);
  butterflies_across_threads<kThreads, kImages * R>(v, thread);
#pragma unroll
  for (int i = 0; i < R; i++) {
    const PointParameters point = nonlinear.parameters[thread + i * kThreads];
#pragma unroll
    for (int image = 0; image < kImages; image++) v[image * R + i] = nonlinearity<M>(v[image * R + i], point, nonlinear.constants);
  }
  butterflies_across_threads<kThreads, kImages * R>(v, thread);
#pragma unroll
  for (int image = 0; image < kImages; image++) butterflies<1, R, R>(v + image * R);

  const Points to = locate<kThreads>(blocks.output, block.image, block.output_outer, block.inner, blocks.inner_bits, thread);
  T* target = output + to.offset;
#pragma unroll
  for (int image = 0; image < kImages; image++, target += blocks.output.image_stride) {
    T* point = target;
#pragma unroll
    for (int i = 0; i < R; i++, point += to.step) {
      if (image < images && i < to.count) store<1>(point, v + image * R + i);
    }
  }
}

/** Threads of a block of threads: as few as keep shared memory free for others where blocks are large. */
__host__ __device__ constexpr int contiguous_exchange_threads(int points) { return points >= 2048 ? 64 : kContiguousThreads; }

/** Waits for the threads that share a block. */
template <int Threads>
__device__ __forceinline__ void wait_for_block() {
  if (Threads > 32) {
    __syncthreads();
  } else {
    __syncwarp();
  }
}

/**
 * Dense: blocks follow each other without gaps; a thread's registers are whole vectors of four neighbouring points. Otherwise neighbouring
 * threads hold neighbouring points. In shared memory, value r of thread t lies at t (R + 1) + r: neither writing nor reading, threads of a
 * warp meet in a bank.
 */
template <class T, int N, bool Dense, Mode M>
__global__ void __launch_bounds__(contiguous_exchange_threads(N))
    contiguous_exchange(Blocks blocks, Divider spectra, Nonlinearity nonlinear, const T* input, T* output) {
  constexpr int R = Exchange<N>::kRegisters, kThreads = Exchange<N>::kThreads;
  constexpr int kRows = contiguous_exchange_threads(N) / kThreads;
  __shared__ float tile[kRows * kThreads * (R + 1)];
  const int thread = threadIdx.x % kThreads;
  const uint32_t unit = blockIdx.x * kRows + threadIdx.x / kThreads;
  const bool used = unit < blocks.units;

  BlockPosition block{};
  Points from{unit * N + thread * 4, 0, used ? R : 0};
  if (!Dense) {
    block = find_block(blocks, used ? unit : 0);
    from = locate<kThreads>(blocks.input, block.image, block.input_outer, block.inner, blocks.inner_bits, thread);
    if (!used) from.count = 0;
  }
  float v[R];
  if (Dense) {
#pragma unroll
    for (int i = 0; i < R; i += 4) load_if<4>(used, input + (from.offset + i * kThreads), v + i);
  } else {
    const T* source = input + from.offset;
#pragma unroll
    for (int i = 0; i < R; i++, source += from.step) load_if<1>(i < from.count, source, v + i);
  }

  butterflies<1, R, R>(v);
  float* own = tile + threadIdx.x / kThreads * (kThreads * (R + 1)) + thread * (R + 1);
  float* others = tile + threadIdx.x / kThreads * (kThreads * (R + 1)) + thread;
#pragma unroll
  for (int i = 0; i < R; i++) own[i] = v[i];
  wait_for_block<kThreads>();
#pragma unroll
  for (int i = 0; i < R; i++) v[i] = others[i % kThreads * (R + 1) + i / kThreads * kThreads];

  if (M == kSpectrum) {
    butterflies<1, kThreads, R>(v);
    wait_for_block<kThreads>();
#pragma unroll
    for (int i = 0; i < R; i++) {
      tile[threadIdx.x / kThreads * (kThreads * (R + 1)) + nonlinear.positions[thread * R + i]] = v[i] * nonlinear.constants.scale;
    }
  } else {
    const uint32_t row = spectra.divisor == 1 ? 0 : unit - spectra.quotient(unit) * spectra.divisor;
    transform_spectrum<N, 1, M>(v, nonlinear.parameters + row * N + thread * R, nonlinear);
#pragma unroll
    for (int i = 0; i < R; i++) others[i % kThreads * (R + 1) + i / kThreads * kThreads] = v[i];
  }
  wait_for_block<kThreads>();
#pragma unroll
  for (int i = 0; i < R; i++) v[i] = own[i];
  if (M != kSpectrum) butterflies<1, R, R>(v);

  if (Dense) {
#pragma unroll
    for (int i = 0; i < R; i += 4) {
      if (used) store<4>(output + (from.offset + i * kThreads), v + i);
    }
  } else {
    const Points to = locate<kThreads>(blocks.output, block.image, block.output_outer, block.inner, blocks.inner_bits, thread);
    const int count = used ? to.count : 0;
    T* target = output + to.offset;
#pragma unroll
    for (int i = 0; i < R; i++, target += to.step) {
      if (i < count) store<1>(target, v + i);
    }
  }
}

/* ---- launching ---- */

template <class T, Mode M>
struct LaunchDense {
  cudaStream_t stream;
  uint32_t rows, spectra;
  const Nonlinearity& nonlinear;
  const void* input;
  void* output;

  template <int N, std::enable_if_t<(N <= kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    const uint32_t count = rows * N;
    return launch("contiguous_dense", contiguous_dense<T, N, M>, ceil_divide(count, kContiguousThreads * dense_values(N)),
                  kContiguousThreads, stream, count, nonlinear, static_cast<const T*>(input), static_cast<T*>(output));
  }

  template <int N, std::enable_if_t<(N > kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    constexpr int kBlock = contiguous_exchange_threads(N);
    Blocks blocks{};
    blocks.units = rows;
    return launch("contiguous_exchange", contiguous_exchange<T, N, true, M>, ceil_divide(rows, kBlock / exchange_threads(N)), kBlock,
                  stream, blocks, make_divider(spectra), nonlinear, static_cast<const T*>(input), static_cast<T*>(output));
  }
};

template <class T, Mode M>
struct LaunchContiguousBlocks {
  cudaStream_t stream;
  const Blocks& blocks;
  const Nonlinearity& nonlinear;
  const void* input;
  void* output;

  template <int N, std::enable_if_t<(N <= kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    Blocks grouped = blocks;
    grouped.units = ceil_divide(blocks.images, shuffle_images(N)) * blocks.outer_blocks.divisor * blocks.inner_blocks.divisor;
    return launch("contiguous_shuffle", contiguous_shuffle<T, N, M>, ceil_divide(grouped.units, kContiguousThreads / shuffle_threads(N)),
                  kContiguousThreads, stream, grouped, nonlinear, static_cast<const T*>(input), static_cast<T*>(output));
  }

  template <int N, std::enable_if_t<(N > kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    constexpr int kBlock = contiguous_exchange_threads(N);
    return launch("contiguous_exchange", contiguous_exchange<T, N, false, M>, ceil_divide(blocks.units, kBlock / exchange_threads(N)),
                  kBlock, stream, blocks, make_divider(1), nonlinear, static_cast<const T*>(input), static_cast<T*>(output));
  }
};

template <class T>
cudaError_t launch_dense(cudaStream_t stream, int points, Mode mode, uint32_t rows, uint32_t spectra, const Nonlinearity& nonlinear,
                         const void* input, void* output) {
  using Sizes = WithPoints<1, kMaxPoints>;
  switch (mode) {
    case kSmooth: return Sizes::call(points, LaunchDense<T, kSmooth>{stream, rows, spectra, nonlinear, input, output});
    case kSoft: return Sizes::call(points, LaunchDense<T, kSoft>{stream, rows, spectra, nonlinear, input, output});
    default: return Sizes::call(points, LaunchDense<T, kSpectrum>{stream, rows, spectra, nonlinear, input, output});
  }
}

template <class T>
cudaError_t launch_blocks(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                          const void* input, void* output) {
  using Sizes = WithPoints<2, kMaxPoints>;
  if (mode == kSmooth) return Sizes::call(points, LaunchContiguousBlocks<T, kSmooth>{stream, blocks, nonlinear, input, output});
  return Sizes::call(points, LaunchContiguousBlocks<T, kSoft>{stream, blocks, nonlinear, input, output});
}

}  // namespace cuda
}  // namespace wht
