#include "runtime.h"

#include <cstdio>
#include <cstring>

#include "kernels/plan.h"

namespace wht {
namespace cuda {

void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // or a later launch would seem to have failed
  const std::string message = std::string(call) + " gave " + cudaGetErrorName(status) + " (" + cudaGetErrorString(status) + ")";
  throw BackendError(status == cudaErrorMemoryAllocation ? WHT_ERROR_OUT_OF_MEMORY : WHT_ERROR_EXECUTION, message);
}

std::string version_text(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

int count_devices() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  int driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  std::string reason = std::string(cudaGetErrorName(status)) + " (" + cudaGetErrorString(status) + ")";
  if (status == cudaErrorInsufficientDriver && driver == 0) {
    reason = "no NVIDIA driver is installed (libcuda.so.1 was not found)";
  } else if (status == cudaErrorInsufficientDriver) {
    reason = "the NVIDIA driver is too old: it supports CUDA " + version_text(driver) + ", and this library was built with CUDA " +
             version_text(runtime) + "; update the driver, or build wht-layers again with an older CUDA toolkit";
  } else if (status == cudaErrorNoDevice || status == cudaSuccess) {
    reason = "the NVIDIA driver found no GPU";
  }
  throw BackendError(WHT_ERROR_NO_DEVICE, reason);
}

wht_device_info describe_device(int index) {
  cudaDeviceProp properties;
  check(cudaSetDevice(index), "cudaSetDevice");
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  wht_device_info info{};
  std::snprintf(info.name, sizeof info.name, "%.127s", properties.name);
  std::snprintf(info.backend, sizeof info.backend, "cuda sm_%d%d", properties.major, properties.minor);
  std::snprintf(info.compute_capability, sizeof info.compute_capability, "%d.%d", properties.major, properties.minor);
  const cudaError_t code = find_device_code();
  if (code != cudaSuccess) {
    cudaGetLastError();
    throw BackendError(WHT_ERROR_NO_DEVICE, std::string(properties.name) + " has compute capability " + info.compute_capability +
                                                ", for which this library has no code (it was built for " WHT_CUDA_ARCHITECTURES
                                                "): build wht-layers again on this machine. CUDA said " +
                                                cudaGetErrorName(code));
  }
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  std::snprintf(info.driver, sizeof info.driver, "CUDA %s", version_text(driver).c_str());
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  info.memory_total = total;
  info.memory_free = free;
  return info;
}

}  // namespace cuda
}  // namespace wht
