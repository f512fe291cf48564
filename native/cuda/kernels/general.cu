/*
 * Block transforms of shapes that no specialised kernel takes: gathered into a workspace block by block, transformed there as contiguous
 * blocks, and scattered to the output, averaged over windows and cropped on the way. One thread an element; index arithmetic by division.
 */
#include "launch.cuh"
#include "plan.h"
#include "storage.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* Where an element of a map lies. */
__device__ __forceinline__ uint32_t element_offset(wht_layout layout, uint32_t image, int32_t y, int32_t x, int32_t channel, int32_t height,
                                                   int32_t width, int32_t channels) {
  if (layout == WHT_NHWC) return ((image * height + y) * width + x) * channels + channel;
  return ((image * channels + channel) * height + y) * width + x;
}

/*
 * The workspace: over a plane, blocks of a plane follow each other, and planes in the order image, channel; over channels, blocks of a
 * position of the output, and positions in the order image, row, column.
 */
template <class T>
__global__ void __launch_bounds__(kThreads) gather(GeneralPlan plan, uint32_t count, const T* input, float* workspace) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  const uint32_t points = plan.block_height * plan.block_width;
  const int32_t point = at % points;
  const uint32_t block = at / points;
  const uint32_t blocks = plan.down * plan.across, group = block / blocks;
  const int32_t in_group = block % blocks;
  uint32_t image;
  int32_t y, x, channel;
  if (plan.over_plane) {
    image = group / plan.channels;
    channel = group % plan.channels;
    y = in_group / plan.across * plan.block_height + point / plan.block_width;
    x = in_group % plan.across * plan.block_width + point % plan.block_width;
  } else {
    image = group / (plan.out_height * plan.out_width);
    const int32_t position = group % (plan.out_height * plan.out_width);
    y = position / plan.out_width * plan.stride;
    x = position % plan.out_width * plan.stride;
    channel = (plan.starts != nullptr ? plan.starts[in_group] : in_group * plan.block_width) + point;
  }
  const bool inside = y < plan.height && x < plan.width && channel < plan.channels;
  load_if<1>(inside, input + element_offset(plan.layout, image, y, x, channel, plan.height, plan.width, plan.channels), workspace + at);
}

template <class T>
__global__ void __launch_bounds__(kThreads) scatter(GeneralPlan plan, uint32_t count, const float* workspace, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  uint32_t rest = at;
  int32_t channel = 0;
  if (plan.layout == WHT_NHWC) {
    channel = rest % plan.out_channels;
    rest /= plan.out_channels;
  }
  const int32_t x = rest % plan.out_width;
  rest /= plan.out_width;
  const int32_t y = rest % plan.out_height;
  rest /= plan.out_height;
  if (plan.layout == WHT_NCHW) {
    channel = rest % plan.out_channels;
    rest /= plan.out_channels;
  }
  const uint32_t image = rest;

  const uint32_t points = plan.block_height * plan.block_width;
  const uint32_t blocks = plan.down * plan.across;
  // Sums of rows first, then their sum: rounding errors stay small in large windows.
  float sum = 0;
  int32_t window = 1;
  if (plan.over_plane) {
    const float* plane = workspace + static_cast<size_t>(image * plan.channels + channel) * blocks * points;
    window = plan.stride * plan.stride;
    for (int32_t row = y * plan.stride; row < (y + 1) * plan.stride; row++) {
      float row_sum = 0;
      for (int32_t column = x * plan.stride; column < (x + 1) * plan.stride; column++) {
        const int32_t block = row / plan.block_height * plan.across + column / plan.block_width;
        const int32_t point = row % plan.block_height * plan.block_width + column % plan.block_width;
        row_sum += plane[block * points + (plan.points != nullptr ? plan.points[point] : point)];
      }
      sum += row_sum;
    }
  } else {
    const float* position = workspace + static_cast<size_t>((image * plan.out_height + y) * plan.out_width + x) * blocks * points;
    window = plan.window;
    // Blocks of a position follow each other, so its channels do too.
    for (int32_t first = channel * window; first < (channel + 1) * window; first += 64) {
      float part = 0;
      for (int32_t c = first; c < (channel + 1) * window && c < first + 64; c++) {
        const int32_t point = c % plan.block_width;
        part += position[c - point + (plan.points != nullptr ? plan.points[point] : point)];
      }
      sum += part;
    }
  }
  const float mean = sum * (plan.scale / static_cast<float>(window));
  store<1>(output + at, &mean);
}

}  // namespace

cudaError_t launch_gather(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const void* input,
                          float* workspace) {
  const uint32_t groups = plan.over_plane ? plan.channels : plan.out_height * plan.out_width;
  const uint32_t count = images * groups * plan.down * plan.across * plan.block_height * plan.block_width;
  const uint32_t blocks = ceil_divide(count, kThreads);
  if (dtype == WHT_FLOAT16)
    return launch("gather", gather<__half>, blocks, kThreads, stream, plan, count, static_cast<const __half*>(input), workspace);
  return launch("gather", gather<float>, blocks, kThreads, stream, plan, count, static_cast<const float*>(input), workspace);
}

cudaError_t launch_scatter(cudaStream_t stream, wht_dtype dtype, const GeneralPlan& plan, uint32_t images, const float* workspace,
                           void* output) {
  const uint32_t count = images * plan.out_height * plan.out_width * plan.out_channels;
  const uint32_t blocks = ceil_divide(count, kThreads);
  if (dtype == WHT_FLOAT16)
    return launch("scatter", scatter<__half>, blocks, kThreads, stream, plan, count, workspace, static_cast<__half*>(output));
  return launch("scatter", scatter<float>, blocks, kThreads, stream, plan, count, workspace, static_cast<float*>(output));
}

cudaError_t find_device_code() {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, gather<float>);
}

}  // namespace cuda
}  // namespace wht
