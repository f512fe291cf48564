/* The nonlinearity between two transforms by itself, on a spectrum that lies in memory: of a plane, or of channels. */
#include "indexing.cuh"
#include "launch.cuh"
#include "nonlinearity.cuh"

namespace wht {
namespace cuda {
namespace {

constexpr uint32_t kThreads = 256;

/* What becomes of the value of a point. */
__device__ __forceinline__ float thresholded(const SpectralThresholdPlan& plan, uint32_t point, PointParameters parameters, float x) {
  if (point < plan.unchanged) return x;
  return plan.smooth ? nonlinearity<kSmooth>(x, parameters, plan.constants) : nonlinearity<kSoft>(x, parameters, plan.constants);
}

/* V neighbouring elements a thread. Each is read before it is written, by the same thread: y may be x or b. */
template <class T, int V>
__global__ void __launch_bounds__(kThreads)
    spectral_threshold(SpectralThresholdPlan plan, Cycle points, uint32_t count, const T* x, const T* b, T* y) {
  const uint32_t at = (blockIdx.x * kThreads + threadIdx.x) * V;
  if (at >= count) return;
  const uint32_t point = points.of(at);
  const bool each = points.run.divisor == 1;
  PointParameters parameters[V];
  float values[V];
  load<V>(x + at, values);
  load_parameters<V>(points, plan.parameters, point, parameters);
#pragma unroll
  for (int i = 0; i < V; i++) values[i] = thresholded(plan, point + (each ? i : 0), parameters[i], values[i]);
  if (b != nullptr) {
    float added[V];
    load<V>(b + at, added);
#pragma unroll
    for (int i = 0; i < V; i++) values[i] += added[i];
  }
  store<V>(y + at, values);
}

/*
 * Averages over windows of points, an element of the output a thread. `windows`: the output's points. Position p of the r-th of the
 * output's runs has the window's points in runs r * window and following ones of the input.
 */
template <class T>
__global__ void __launch_bounds__(kThreads)
    spectral_average(SpectralThresholdPlan plan, Cycle windows, uint32_t count, const T* x, const T* b, T* y) {
  const uint32_t at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= count) return;
  const uint32_t width = windows.run.divisor, run = windows.run.quotient(at), position = at - run * width;
  const uint32_t first_point = windows.of(at) * plan.window;
  const T* first = x + (run * plan.window * width + position);
  // Sums of 64, and then their sum: rounding errors stay small in large windows.
  float total = 0;
  for (uint32_t begin = 0; begin < plan.window; begin += 64) {
    float part = 0;
#pragma unroll 2
    for (uint32_t i = begin; i < plan.window && i < begin + 64; i++) {
      float value;
      load<1>(first + i * width, &value);
      part += thresholded(plan, first_point + i, plan.parameters[first_point + i], value);
    }
    total += part;
  }
  float result = total / static_cast<float>(plan.window);
  if (b != nullptr) {
    float added;
    load<1>(b + at, &added);
    result += added;
  }
  store<1>(y + at, &result);
}

template <class T>
cudaError_t launch_of(cudaStream_t stream, const SpectralThresholdPlan& plan, uint32_t count, const void* input, const void* added,
                      void* output) {
  const T* x = static_cast<const T*>(input);
  const T* b = static_cast<const T*>(added);
  T* y = static_cast<T*>(output);
  const Cycle points{make_divider(plan.run), make_divider(plan.points / plan.window)};
  if (plan.window > 1) {
    return launch("spectral_average", spectral_average<T>, ceil_divide(count, kThreads), kThreads, stream, plan, points, count, x, b, y);
  }
  if (vector_width(points) == 4) {
    return launch("spectral_threshold", spectral_threshold<T, 4>, ceil_divide(count / 4, kThreads), kThreads, stream, plan, points, count,
                  x, b, y);
  }
  return launch("spectral_threshold", spectral_threshold<T, 1>, ceil_divide(count, kThreads), kThreads, stream, plan, points, count, x, b,
                y);
}

}  // namespace

cudaError_t launch_spectral_threshold(cudaStream_t stream, wht_dtype dtype, const SpectralThresholdPlan& plan, uint32_t count,
                                      const void* x, const void* b, void* y) {
  return (dtype == WHT_FLOAT16 ? launch_of<__half> : launch_of<float>)(stream, plan, count, x, b, y);
}

}  // namespace cuda
}  // namespace wht
