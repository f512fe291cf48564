/*
 * Block transforms of shapes that no specialised kernel takes: gathered into a workspace block by block, transformed there as contiguous
 * blocks, and scattered to the output, averaged over windows and cropped on the way. One thread an element, which finds its place with
 * Dividers, shifts and masks: the sides of blocks are powers of two.
 */
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* A plan, and what the host works out so that kernels need not divide. */
struct IndexedPlan {
  GeneralPlan plan;
  Divider channels, out_height, out_width, out_channels, down, across;
  int32_t height_bits, width_bits; /* of a block */
  float factor;                    /* scale, divided by the elements of a window */
};

IndexedPlan indexed(const GeneralPlan& plan) {
  const int32_t window = plan.over_plane ? plan.stride * plan.stride : plan.window;
  return IndexedPlan{plan,
                     make_divider(plan.channels),
                     make_divider(plan.out_height),
                     make_divider(plan.out_width),
                     make_divider(plan.out_channels),
                     make_divider(plan.down),
                     make_divider(plan.across),
                     log2_of(plan.block_height),
                     log2_of(plan.block_width),
                     plan.scale / static_cast<float>(window)};
}

/* Where an element of a map lies. */
__device__ __forceinline__ uint32_t element_offset(wht_layout layout, uint32_t image, int32_t y, int32_t x, int32_t channel, int32_t height,
                                                   int32_t width, int32_t channels) {
  if (layout == WHT_NHWC) return ((image * height + y) * width + x) * channels + channel;
  return ((image * channels + channel) * height + y) * width + x;
}

/*
 * The workspace: over a plane, blocks of a plane follow each other, and planes in the order image, channel; over channels, blocks of a
 * position of the output, and positions in the order image, row, column. It has fewer than 2^31 points.
 */
template <class T>
__global__ void __launch_bounds__(kThreads) gather(IndexedPlan indexed, uint32_t count, const T* input, float* workspace) {
  const GeneralPlan& plan = indexed.plan;
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  const int32_t point_bits = indexed.height_bits + indexed.width_bits;
  const int32_t point = at & ((1 << point_bits) - 1);
  uint32_t rest = at >> point_bits;
  const int32_t block = take(rest, indexed.across);
  int32_t y, x, channel;
  if (plan.over_plane) {
    y = (take(rest, indexed.down) << indexed.height_bits) + (point >> indexed.width_bits);
    x = (block << indexed.width_bits) + (point & (plan.block_width - 1));
    channel = take(rest, indexed.channels);
  } else {
    x = take(rest, indexed.out_width) * plan.stride;
    y = take(rest, indexed.out_height) * plan.stride;
    channel = (plan.starts != nullptr ? plan.starts[block] : block << indexed.width_bits) + point;
  }
  const uint32_t image = rest;
  const bool inside = y < plan.height && x < plan.width && channel < plan.channels;
  load_if<1>(inside, input + element_offset(plan.layout, image, y, x, channel, plan.height, plan.width, plan.channels), workspace + at);
}

template <class T>
__global__ void __launch_bounds__(kThreads) scatter(IndexedPlan indexed, uint32_t count, const float* workspace, T* output) {
  const GeneralPlan& plan = indexed.plan;
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  uint32_t rest = at;
  int32_t channel = 0;
  if (plan.layout == WHT_NHWC) channel = take(rest, indexed.out_channels);
  const int32_t x = take(rest, indexed.out_width);
  const int32_t y = take(rest, indexed.out_height);
  if (plan.layout == WHT_NCHW) channel = take(rest, indexed.out_channels);
  const uint32_t image = rest;

  const int32_t height_bits = indexed.height_bits, width_bits = indexed.width_bits;
  const uint32_t group = plan.over_plane ? image * plan.channels + channel : (image * plan.out_height + y) * plan.out_width + x;
  const float* blocks = workspace + ((group * plan.down * plan.across) << (height_bits + width_bits));
  // Sums of rows first, then their sum: rounding errors stay small in large windows. Most windows are small, so that more unrolling than
  // this would mostly be code to skip.
  float sum = 0;
  if (plan.over_plane) {
    for (int32_t row = y * plan.stride; row < (y + 1) * plan.stride; row++) {
      const int32_t row_block = (row >> height_bits) * plan.across, row_point = (row & (plan.block_height - 1)) << width_bits;
      float row_sum = 0;
#pragma unroll 2
      for (int32_t column = x * plan.stride; column < (x + 1) * plan.stride; column++) {
        const int32_t block = row_block + (column >> width_bits);
        const int32_t point = row_point + (column & (plan.block_width - 1));
        row_sum += blocks[(block << (height_bits + width_bits)) + (plan.points != nullptr ? plan.points[point] : point)];
      }
      sum += row_sum;
    }
  } else {
    // Blocks of a position follow each other, so its channels do too.
    const int32_t end = (channel + 1) * plan.window;
    for (int32_t first = channel * plan.window; first < end; first += 64) {
      const int32_t part_end = first + 64 < end ? first + 64 : end;
      float part = 0;
#pragma unroll 2
      for (int32_t c = first; c < part_end; c++) {
        const int32_t point = c & (plan.block_width - 1);
        part += blocks[c - point + (plan.points != nullptr ? plan.points[point] : point)];
      }
      sum += part;
    }
  }
  const float mean = sum * indexed.factor;
  store<1>(output + at, &mean);
}

}  // namespace

cudaError_t launch_gather(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const void* input,
                          float* workspace) {
  const uint32_t groups = plan.over_plane ? plan.channels : plan.out_height * plan.out_width;
  const uint32_t count = images * groups * plan.down * plan.across * plan.block_height * plan.block_width;
  const uint32_t blocks = ceil_divide(count, kThreads);
  if (dtype == WHT_FLOAT16)
    return launch("gather", gather<__half>, blocks, kThreads, stream, indexed(plan), count, static_cast<const __half*>(input), workspace);
  return launch("gather", gather<float>, blocks, kThreads, stream, indexed(plan), count, static_cast<const float*>(input), workspace);
}

cudaError_t launch_scatter(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const float* workspace,
                           void* output) {
  const uint32_t count = images * plan.out_height * plan.out_width * plan.out_channels;
  const uint32_t blocks = ceil_divide(count, kThreads);
  if (dtype == WHT_FLOAT16)
    return launch("scatter", scatter<__half>, blocks, kThreads, stream, indexed(plan), count, workspace, static_cast<__half*>(output));
  return launch("scatter", scatter<float>, blocks, kThreads, stream, indexed(plan), count, workspace, static_cast<float*>(output));
}

cudaError_t find_device_code() {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, gather<float>);
}

}  // namespace cuda
}  // namespace wht
