#include "runtime.h"

#include <glob.h>

#include <cstdio>
#include <cstdlib>

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

namespace {

/* A machine or container may have the driver's library alone: then its age is not what matters. The names are those of PCs, Jetsons and
 * WSL. */
bool gpu_is_visible() {
  for (const char* pattern : {"/dev/nvidia[0-9]*", "/dev/nvhost-ctrl-gpu", "/dev/nvgpu", "/dev/dxg"}) {
    glob_t found{};
    const bool any = glob(pattern, GLOB_NOSORT, nullptr, &found) == 0;
    globfree(&found);
    if (any) return true;
  }
  return false;
}

}  // namespace

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
    const std::string age = "the NVIDIA driver is too old: it supports CUDA " + version_text(driver) +
                            ", and this library was built with CUDA " + version_text(runtime);
    reason = gpu_is_visible()
                 ? age + "; update the driver, or build wht-layers again with an older CUDA toolkit"
                 : "this process sees no NVIDIA GPU (no /dev/nvidia0, /dev/nvhost-ctrl-gpu, /dev/nvgpu or /dev/dxg); besides, " + age;
  } else if (status == cudaErrorNoDevice || status == cudaSuccess) {
    reason = "the NVIDIA driver found no GPU";
  }
  throw BackendError(WHT_ERROR_NO_DEVICE, reason);
}

namespace {

/*
 * Whether one of WHT_CUDA_ARCHITECTURES, e.g. "53,62,75+", runs on a GPU: machine code runs on its own major version from its minor one on,
 * PTX (+) is compiled by the driver for any newer GPU.
 */
bool has_code_for(int major, int minor) {
  const int gpu = major * 10 + minor;
  const char* text = WHT_CUDA_ARCHITECTURES;
  bool numbers = false;
  while (*text != '\0') {
    char* end = nullptr;
    const int built = static_cast<int>(std::strtol(text, &end, 10));
    if (end == text) {
      text++;
      continue;
    }
    numbers = true;
    const bool own = *end == 'a';  // code for this very architecture
    const bool ptx = *end == '+' || (own && end[1] == '+');
    if (own ? built == gpu : ptx ? built <= gpu : built / 10 == major && built <= gpu) return true;
    text = end;
  }
  return !numbers && find_device_code() == cudaSuccess;  // the emulation, which has no numbers
}

BackendError no_code(const cudaDeviceProp& properties, const char* said) {
  return BackendError(WHT_ERROR_NO_DEVICE, std::string(properties.name) + " has compute capability " + std::to_string(properties.major) +
                                               "." + std::to_string(properties.minor) +
                                               ", for which this library has no code (it was built for " WHT_CUDA_ARCHITECTURES
                                               "): build wht-layers again on this machine" +
                                               said);
}

}  // namespace

wht_device_info describe_device(int index) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  if (!has_code_for(properties.major, properties.minor)) throw no_code(properties, "");
  wht_device_info info{};
  std::snprintf(info.name, sizeof info.name, "%.127s", properties.name);
  std::snprintf(info.backend, sizeof info.backend, "cuda sm_%d%d", properties.major, properties.minor);
  std::snprintf(info.compute_capability, sizeof info.compute_capability, "%d.%d", properties.major, properties.minor);
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  std::snprintf(info.driver, sizeof info.driver, "CUDA %s", version_text(driver).c_str());
  info.memory_total = properties.totalGlobalMem;
  return info;
}

void start_device(int index) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  check(cudaSetDevice(index), "cudaSetDevice");
  // The first call that needs the device's context, and the code in it.
  const cudaError_t status = find_device_code();
  if (status == cudaSuccess) return;
  cudaGetLastError();
  const std::string said = std::string(cudaGetErrorName(status)) + " (" + cudaGetErrorString(status) + ")";
  if (status == cudaErrorNoKernelImageForDevice || status == cudaErrorInvalidDeviceFunction) {
    throw no_code(properties, (". CUDA said " + said).c_str());
  }
  throw BackendError(WHT_ERROR_NO_DEVICE, std::string(properties.name) + " could not be started: " + said +
                                              "; where a kernel has failed before, it takes a new process");
}

}  // namespace cuda
}  // namespace wht
