/* Maps cut to size or filled up with zeros, along three axes in the order of memory, whatever they are called. */
#include "indexing.cuh"
#include "launch.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* The output's sizes, the inner one in vectors of V elements. */
struct OutputSizes {
  Divider outer, middle, inner;
};

/* V neighbouring elements of the output a thread, all of them in the input or none. */
template <class T, int V>
__global__ void __launch_bounds__(kThreads)
    crop_or_pad(CropOrPadPlan plan, OutputSizes sizes, uint32_t vectors, const T* input, T* output) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= vectors) return;
  uint32_t image = at;
  const uint32_t inner = take(image, sizes.inner) * V, middle = take(image, sizes.middle), outer = take(image, sizes.outer);
  const bool inside = outer < plan.from[0] && middle < plan.from[1] && inner < plan.from[2];
  float values[V];
  load_if<V>(inside, input + (((image * plan.from[0] + outer) * plan.from[1] + middle) * plan.from[2] + inner), values);
  store<V>(output + at * V, values);
}

template <class T, int V>
cudaError_t launch_crop_or_pad_of(cudaStream_t stream, const CropOrPadPlan& plan, uint32_t images, const void* input, void* output) {
  const uint32_t inner = plan.to[2] / V, vectors = images * plan.to[0] * plan.to[1] * inner;
  const OutputSizes sizes{make_divider(plan.to[0]), make_divider(plan.to[1]), make_divider(inner)};
  return launch("crop_or_pad", crop_or_pad<T, V>, ceil_divide(vectors, kThreads), kThreads, stream, plan, sizes, vectors,
                static_cast<const T*>(input), static_cast<T*>(output));
}

}  // namespace

cudaError_t launch_crop_or_pad(cudaStream_t stream, wht_dtype dtype, const CropOrPadPlan& plan, uint32_t images, const void* input,
                               void* output) {
  const bool vectors = plan.from[2] % 4 == 0 && plan.to[2] % 4 == 0;
  if (dtype == WHT_FLOAT16) {
    return (vectors ? launch_crop_or_pad_of<__half, 4> : launch_crop_or_pad_of<__half, 1>)(stream, plan, images, input, output);
  }
  return (vectors ? launch_crop_or_pad_of<float, 4> : launch_crop_or_pad_of<float, 1>)(stream, plan, images, input, output);
}

}  // namespace cuda
}  // namespace wht
