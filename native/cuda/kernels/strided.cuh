/*
 * Block transforms whose lanes lie next to each other, and whose points do not: 2D on NHWC, 1D on NCHW. Two kernels:
 *
 *   strided_registers   up to 64 points: a thread holds whole blocks, of one lane or two
 *   strided_exchange    128 to 4096 points: threads share a block (see exchange.cuh), beside the threads of other lanes
 *
 * T is how a tensor is stored, N the points of a block, M what happens to the spectrum.
 */
#include "exchange.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {

constexpr int kStridedThreads = 128;
/** A point that no block has. */
constexpr int kNowhere = 0x7fffffff;

/** Parameters by value: every thread needs the same ones at the same time, and constant memory serves them as operands, without a load. */
template <int N>
struct SpectrumByValue {
  PointParameters parameters[N];
  int32_t positions[N];
};

/**
 * A thread's neighbouring lanes at one point. Paired: one aligned vector, all there or none. Otherwise each by itself. `count` says for
 * each how many points there are; point i is read as zero from there on.
 */
template <bool Paired, int Lanes, class T>
__device__ __forceinline__ void load_lanes(int i, const int (&count)[Lanes], const T* source, float* values) {
  if (Paired) return load_if<Lanes>(i < count[0], source, values);
#pragma unroll
  for (int l = 0; l < Lanes; l++) load_if<1>(i < count[l], source + l, values + l);
}

template <bool Paired, int Lanes, class T>
__device__ __forceinline__ void store_lanes(int i, const int (&count)[Lanes], T* target, const float* values) {
  if (Paired) {
    if (i < count[0]) store<Lanes>(target, values);
    return;
  }
#pragma unroll
  for (int l = 0; l < Lanes; l++) {
    if (i < count[l]) store<1>(target + l, values + l);
  }
}

/** None at lanes that are past the last one. */
template <int Lanes>
__device__ __forceinline__ void count_points(int points, uint32_t lane, uint32_t lane_count, int (&count)[Lanes]) {
#pragma unroll
  for (int l = 0; l < Lanes; l++) count[l] = lane + l < lane_count ? points : 0;
}

/** Inner: points of a row of the inner block. Lanes: how many neighbouring ones a thread transforms. Paired: see load_lanes. */
template <class T, int N, int Inner, int Lanes, bool Paired, Mode M>
__global__ void __launch_bounds__(kStridedThreads)
    strided_registers(Blocks blocks, SpectrumByValue<N> spectrum, NonlinearityConstants constants, const T* input, T* output) {
  constexpr int kOuter = N / Inner;
  const uint32_t unit = blockIdx.x * kStridedThreads + threadIdx.x;
  if (unit >= blocks.units) return;
  const uint32_t block_unit = blocks.lane_groups.quotient(unit);
  const uint32_t lane = (unit - block_unit * blocks.lane_groups.divisor) * Lanes;
  const BlockPosition block = find_block(blocks, block_unit);

  float v[N * Lanes];
  {
    const Side& side = blocks.input;
    const int inner_left = side.inner_size - block.inner;
    int rows[Lanes];
    count_points(side.outer_size - block.input_outer, lane, blocks.lane_count, rows);
    const T* row =
        input + (block.image * side.image_stride + block.input_outer * side.outer_stride + block.inner * side.inner_stride + lane);
#pragma unroll
    for (int outer = 0; outer < kOuter; outer++, row += side.outer_stride) {
      const T* point = row;
#pragma unroll
      for (int inner = 0; inner < Inner; inner++, point += side.inner_stride) {
        // Past the end of a row of the inner block, no row is long enough.
        load_lanes<Paired>(Inner == 1 || inner < inner_left ? outer : kNowhere, rows, point, v + (outer * Inner + inner) * Lanes);
      }
    }
  }

#pragma unroll
  for (int l = 0; l < Lanes; l++) butterflies<1, N, N, Lanes>(v + l);
  const Side& side = blocks.output;
  T* row = output + (block.image * side.image_stride + block.output_outer * side.outer_stride + block.inner * side.inner_stride + lane);
  int rows[Lanes];
  count_points(side.outer_size - block.output_outer, lane, blocks.lane_count, rows);
  if (M == kSpectrum) {
#pragma unroll
    for (int i = 0; i < N; i++) {
#pragma unroll
      for (int l = 0; l < Lanes; l++) v[i * Lanes + l] *= constants.scale;
      store_lanes<Paired>(0, rows, row + spectrum.positions[i] * side.outer_stride, v + i * Lanes);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int l = 0; l < Lanes; l++) {
      v[i * Lanes + l] = nonlinearity<M>(v[i * Lanes + l], spectrum.parameters[i], constants);
    }
  }
#pragma unroll
  for (int l = 0; l < Lanes; l++) butterflies<1, N, N, Lanes>(v + l);

  const int inner_left = side.inner_size - block.inner;
#pragma unroll
  for (int outer = 0; outer < kOuter; outer++, row += side.outer_stride) {
    T* point = row;
#pragma unroll
    for (int inner = 0; inner < Inner; inner++, point += side.inner_stride) {
      store_lanes<Paired>(Inner == 1 || inner < inner_left ? outer : kNowhere, rows, point, v + (outer * Inner + inner) * Lanes);
    }
  }
}

/** Lanes of a block of threads in strided_exchange: as many as 32 KB of shared memory hold, so that two such blocks fit on a Nano. */
__host__ __device__ constexpr int exchange_lanes(int points) { return points <= 256 ? 32 : 8192 / points; }
/** Lanes of one thread: two, unless it holds 64 points of each. */
__host__ __device__ constexpr int lanes_of_thread(int points) { return points >= 2048 ? 1 : 2; }
__host__ __device__ constexpr int strided_exchange_threads(int points) {
  return exchange_threads(points) * exchange_lanes(points) / lanes_of_thread(points);
}

/**
 * Paired: see load_lanes. A block of threads transforms exchange_lanes(N) lanes of one block.
 *
 * In shared memory, value r of thread t lies at t R + (r xor t mod G), for all lanes side by side. A warp accesses G threads' values at a
 * time; the xor puts those in different banks without the space that padding takes.
 */
template <class T, int N, bool Paired, Mode M>
__global__ void __launch_bounds__(strided_exchange_threads(N))
    strided_exchange(Blocks blocks, Nonlinearity nonlinear, const T* input, T* output) {
  constexpr int R = Exchange<N>::kRegisters, kThreads = Exchange<N>::kThreads;
  constexpr int kTileLanes = exchange_lanes(N), kLanes = lanes_of_thread(N), kColumns = kTileLanes / kLanes, G = 32 / kTileLanes;
  using Cell = Pack<float, kLanes>;
  __shared__ Cell tile[N * kColumns];
  const int column = threadIdx.x % kColumns, thread = threadIdx.x / kColumns;
  const uint32_t block_unit = blocks.lane_groups.quotient(blockIdx.x);
  const uint32_t lane = (blockIdx.x - block_unit * blocks.lane_groups.divisor) * kTileLanes + column * kLanes;
  const BlockPosition block = find_block(blocks, block_unit);

  float v[R * kLanes];
  {
    const Points from = locate<kThreads>(blocks.input, block.image, block.input_outer, block.inner, blocks.inner_bits, thread);
    const T* source = input + (from.offset + lane);
    int count[kLanes];
    count_points(from.count, lane, blocks.lane_count, count);
#pragma unroll
    for (int i = 0; i < R; i++, source += from.step) load_lanes<Paired>(i, count, source, v + i * kLanes);
  }
#pragma unroll
  for (int l = 0; l < kLanes; l++) butterflies<1, R, R, kLanes>(v + l);

  Cell* own[G];     // this thread's value i lies at own[i % G] + i / G * G
  Cell* others[G];  // value thread + k kThreads of thread t lies at others[t % G] + t R + k kThreads
#pragma unroll
  for (int i = 0; i < G; i++) {
    own[i] = tile + (thread * R + (i ^ (thread % G))) * kColumns + column;
    others[i] = tile + (thread ^ i) * kColumns + column;
  }
#pragma unroll
  for (int i = 0; i < R; i++) store<kLanes>(&own[i % G][i / G * G * kColumns].element[0], v + i * kLanes);
  __syncthreads();
#pragma unroll
  for (int i = 0; i < R; i++) {
    const int t = i % kThreads, k = i / kThreads;
    load<kLanes>(&others[t % G][(t * R + k * kThreads) * kColumns].element[0], v + i * kLanes);
  }

  if (M == kSpectrum) {
#pragma unroll
    for (int l = 0; l < kLanes; l++) butterflies<1, kThreads, R, kLanes>(v + l);
    int count[kLanes];
    count_points(R, lane, blocks.lane_count, count);
    T* target = output + (block.image * blocks.output.image_stride + block.output_outer * blocks.output.outer_stride + lane);
#pragma unroll
    for (int i = 0; i < R; i++) {
#pragma unroll
      for (int l = 0; l < kLanes; l++) v[i * kLanes + l] *= nonlinear.constants.scale;
      const uint32_t position = nonlinear.positions[thread * R + i];
      store_lanes<Paired>(i, count, target + position * blocks.output.outer_stride, v + i * kLanes);
    }
    return;
  }
  transform_spectrum<N, kLanes, M>(v, nonlinear.parameters + thread * R, nonlinear);

#pragma unroll
  for (int i = 0; i < R; i++) {
    const int t = i % kThreads, k = i / kThreads;
    store<kLanes>(&others[t % G][(t * R + k * kThreads) * kColumns].element[0], v + i * kLanes);
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < R; i++) load<kLanes>(&own[i % G][i / G * G * kColumns].element[0], v + i * kLanes);
#pragma unroll
  for (int l = 0; l < kLanes; l++) butterflies<1, R, R, kLanes>(v + l);

  const Points to = locate<kThreads>(blocks.output, block.image, block.output_outer, block.inner, blocks.inner_bits, thread);
  T* target = output + (to.offset + lane);
  int count[kLanes];
  count_points(to.count, lane, blocks.lane_count, count);
#pragma unroll
  for (int i = 0; i < R; i++, target += to.step) store_lanes<Paired>(i, count, target, v + i * kLanes);
}

/* ---- launching ---- */

/* Whether every pair of lanes that begins at an even one is aligned, at each point of each block. */
inline bool pairs_are_aligned(const Blocks& blocks) {
  const auto even = [](const Side& side) { return ((side.image_stride | side.outer_stride | side.inner_stride) & 1) == 0; };
  return blocks.lane_count % 2 == 0 && even(blocks.input) && even(blocks.output);
}

/* The same blocks with lanes in groups of so many. */
inline Blocks with_lane_groups(const Blocks& blocks, uint32_t lanes) {
  Blocks grouped = blocks;
  grouped.lane_groups = make_divider(ceil_divide(blocks.lane_count, lanes));
  grouped.units = blocks.units * grouped.lane_groups.divisor;
  return grouped;
}

template <class T, Mode M>
struct LaunchStrided {
  cudaStream_t stream;
  const Blocks& blocks;
  const Nonlinearity& nonlinear;
  const void* input;
  void* output;

  template <int N, int Inner, int Lanes, bool Paired>
  cudaError_t launch_registers() const {
    const Blocks grouped = with_lane_groups(blocks, Lanes);
    SpectrumByValue<N> spectrum;
    for (int i = 0; i < N; i++) {
      spectrum.parameters[i] = M == kSpectrum ? PointParameters{0, 0} : nonlinear.host_parameters[i];
      spectrum.positions[i] = M == kSpectrum ? nonlinear.host_positions[i] : 0;
    }
    return launch("strided_registers", strided_registers<T, N, Inner, Lanes, Paired, M>, ceil_divide(grouped.units, kStridedThreads),
                  kStridedThreads, stream, grouped, spectrum, nonlinear.constants, static_cast<const T*>(input), static_cast<T*>(output));
  }

  template <int N, std::enable_if_t<(N <= kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    constexpr int kLanes = N <= 32 ? 2 : 1;  // 128 values would not fit in a thread's registers
    constexpr int kInner = M == kSpectrum ? 1 : square_inner(N);
    const bool paired = kLanes == 1 || pairs_are_aligned(blocks);
    if (blocks.inner_bits == 0) return paired ? launch_registers<N, 1, kLanes, true>() : launch_registers<N, 1, kLanes, kLanes == 1>();
    return paired ? launch_registers<N, kInner, kLanes, true>() : launch_registers<N, kInner, kLanes, kLanes == 1>();
  }

  template <int N, std::enable_if_t<(N > kMaxRegisterPoints), int> = 0>
  cudaError_t operator()(std::integral_constant<int, N>) const {
    constexpr int kThreads = strided_exchange_threads(N);
    const Blocks grouped = with_lane_groups(blocks, exchange_lanes(N));
    const bool paired = lanes_of_thread(N) == 1 || pairs_are_aligned(blocks);
    return launch("strided_exchange", paired ? strided_exchange<T, N, true, M> : strided_exchange<T, N, lanes_of_thread(N) == 1, M>,
                  grouped.units, kThreads, stream, grouped, nonlinear, static_cast<const T*>(input), static_cast<T*>(output));
  }
};

template <class T>
cudaError_t launch_lanes(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear, const void* input,
                         void* output) {
  using Sizes = WithPoints<2, kMaxPoints>;
  switch (mode) {
    case kSmooth: return Sizes::call(points, LaunchStrided<T, kSmooth>{stream, blocks, nonlinear, input, output});
    case kSoft: return Sizes::call(points, LaunchStrided<T, kSoft>{stream, blocks, nonlinear, input, output});
    default: return Sizes::call(points, LaunchStrided<T, kSpectrum>{stream, blocks, nonlinear, input, output});
  }
}

}  // namespace cuda
}  // namespace wht
