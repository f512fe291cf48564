/*
 * The runtime API. A device's memory is the host's, and everything is done when the call returns; but a fault in a kernel is reported by
 * later calls only, and by all of them, as on a GPU.
 *
 * Environment variables, read at each use (so not to be changed while another thread makes calls; an empty one counts as unset):
 *
 *   WHT_EMULATION_ORDER=reversed         blocks, and the threads of a block, take turns from the last to the first
 *   WHT_EMULATION_DEVICES=N              how many devices there are, 1 by default, up to 16; 0: cudaErrorNoDevice
 *   WHT_EMULATION_DRIVER=none            no driver: its version is 0, and everything else is cudaErrorInsufficientDriver
 *   WHT_EMULATION_DRIVER=old             a driver too old for the runtime: the same, with version 9000
 *   WHT_EMULATION_ARCHITECTURE=missing   no kernel is compiled for the device: cudaErrorNoKernelImageForDevice from launches and
 *                                        cudaFuncGetAttributes
 *   WHT_EMULATION_MEMORY=BYTES           a device's memory, 4 GiB by default; beyond it, cudaErrorMemoryAllocation
 *   WHT_EMULATION_INTEGRATED=1           a board whose GPU shares the host's memory, as a Jetson Nano: integrated, no concurrent access to
 *                                        managed memory, compute capability 5.3
 *   WHT_EMULATION_FAULT=SUBSTRING        a kernel whose name has SUBSTRING does not run, and all later calls report
 * cudaErrorIllegalAddress. On a GPU nothing helps but a new process; here, for tests, the error ends when the variable is unset
 *
 * Memory from cudaMalloc and its like is filled with 0xff, NaNs, when it is given out and when it is taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "grid.h"
#include "include/cuda_runtime.h"

/*
 * A GPU may read pageable memory of the host long after cudaMemcpyAsync has returned. AddressSanitizer, which knows what has been freed, is
 * shown such memory again when the stream is waited for.
 */
struct CUstream_st {
  struct Source {
    const void* memory;
    std::vector<char> copied;
  };
  std::vector<Source> sources;
};

struct CUevent_st {
  unsigned flags;
  bool recorded;
  std::chrono::steady_clock::time_point time;
};

namespace {

constexpr int kMaxDevices = 16, kDriverVersion = 10020, kOldDriverVersion = 9000;

enum class Kind { kDevice, kManaged, kHost };

struct Memory {
  size_t bytes;
  Kind kind;
  int device;
};

/* All that the emulated devices are made of. Never destroyed: threads may outlive the static destructors. */
struct Runtime {
  std::mutex mutex;
  std::map<char*, Memory> memory;
  size_t used[kMaxDevices] = {};
  std::set<cudaStream_t> streams;
  std::set<cudaEvent_t> events;
  cudaError_t fault = cudaSuccess;  // in a kernel: reported by every call from then on
  bool fault_injected = false, fault_reported = false;

  std::mutex launching;  // one grid runs at a time
};

Runtime& runtime() {
  static Runtime* instance = new Runtime;
  return *instance;
}

using Lock = std::lock_guard<std::mutex>;

thread_local cudaError_t last_error = cudaSuccess;
thread_local int current_device = 0;

const char* setting(const char* name) {
  const char* value = getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

bool set_to(const char* name, const char* expected) {
  const char* value = setting(name);
  return value != nullptr && strcmp(value, expected) == 0;
}

int device_count() {
  const char* value = setting("WHT_EMULATION_DEVICES");
  return value != nullptr ? min(max(atoi(value), 0), kMaxDevices) : 1;
}

size_t memory_total() {
  const char* value = setting("WHT_EMULATION_MEMORY");
  return value != nullptr ? static_cast<size_t>(strtoull(value, nullptr, 10)) : static_cast<size_t>(4) << 30;
}

bool integrated() { return set_to("WHT_EMULATION_INTEGRATED", "1"); }

/* Whether there are devices. */
cudaError_t driver_error() {
  if (setting("WHT_EMULATION_DRIVER") != nullptr) return cudaErrorInsufficientDriver;
  return device_count() == 0 ? cudaErrorNoDevice : cudaSuccess;
}

/* A fault that this or an earlier call has to report. The mutex is held. */
cudaError_t fault_of(Runtime& emulated) {
  if (emulated.fault_injected && setting("WHT_EMULATION_FAULT") == nullptr) {
    emulated.fault = cudaSuccess;
    emulated.fault_injected = emulated.fault_reported = false;
  }
  return emulated.fault;
}

/* Whether the current device can be used: what each call that needs it reports first. The mutex is held. */
cudaError_t device_error(Runtime& emulated) {
  const cudaError_t error = driver_error();
  if (error != cudaSuccess) return error;
  if (current_device >= device_count()) return cudaErrorInvalidDevice;
  if (fault_of(emulated) == cudaSuccess) return cudaSuccess;
  emulated.fault_reported = true;
  return emulated.fault;
}

/* Returns the error, and keeps it for cudaGetLastError. */
cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

/* The same for an error of the device. A fault is not kept, but asked for anew: it may end. The mutex is held. */
cudaError_t device_result(const Runtime& emulated, cudaError_t error) { return error == emulated.fault ? error : result(error); }

/* A call that needs the device, and does `work` with the mutex held. */
template <class F>
cudaError_t on_device(const F& work) {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  const cudaError_t error = device_error(emulated);
  return error != cudaSuccess ? device_result(emulated, error) : result(work(emulated));
}

/* ---- memory ---- */

void fill_with_nans(void* pointer, size_t bytes) {
  memset(pointer, 0xff, bytes);
  __asm__ volatile("" : : "r"(pointer) : "memory");  // or the compiler drops what is written before `free`
}

cudaError_t allocate(void** pointer, size_t bytes, Kind kind) {
  if (pointer == nullptr) return result(cudaErrorInvalidValue);
  *pointer = nullptr;
  return on_device([&](Runtime& emulated) {
    if (bytes == 0) return cudaSuccess;
    size_t* used = kind == Kind::kHost ? nullptr : &emulated.used[current_device];
    const size_t total = memory_total();
    if (used != nullptr && (*used > total || bytes > total - *used)) return cudaErrorMemoryAllocation;
    // To the byte, so that AddressSanitizer finds what lies beyond.
    if (posix_memalign(pointer, 256, bytes) != 0) {
      *pointer = nullptr;
      return cudaErrorMemoryAllocation;
    }
    fill_with_nans(*pointer, bytes);
    emulated.memory[static_cast<char*>(*pointer)] = Memory{bytes, kind, current_device};
    if (used != nullptr) *used += bytes;
    return cudaSuccess;
  });
}

void release(Runtime& emulated, std::map<char*, Memory>::iterator entry) {
  if (entry->second.kind != Kind::kHost) emulated.used[entry->second.device] -= entry->second.bytes;
  fill_with_nans(entry->first, entry->second.bytes);
  free(entry->first);
  emulated.memory.erase(entry);
}

/* After a fault too, where the call still reports the fault. */
cudaError_t free_memory(void* pointer, bool host) {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  const cudaError_t error = device_error(emulated);
  if (pointer == nullptr) return device_result(emulated, error);
  const auto entry = emulated.memory.find(static_cast<char*>(pointer));
  if (entry == emulated.memory.end() || (entry->second.kind == Kind::kHost) != host) return result(cudaErrorInvalidValue);
  release(emulated, entry);
  return device_result(emulated, error);
}

/* The block that `pointer` points into. */
std::map<char*, Memory>::const_iterator find_memory(const Runtime& emulated, const void* pointer) {
  char* address = static_cast<char*>(const_cast<void*>(pointer));
  auto entry = emulated.memory.upper_bound(address);
  if (entry == emulated.memory.begin()) return emulated.memory.end();
  --entry;
  return static_cast<size_t>(address - entry->first) < entry->second.bytes ? entry : emulated.memory.end();
}

/* Where a kind of copy says that its memory is. Managed and pinned memory is on both sides. */
enum class Side { kDevice, kHost, kAny };

/* `on_device`: the kind other than DeviceToDevice that has this end of the copy on the device. */
Side side_of(cudaMemcpyKind kind, cudaMemcpyKind on_device) {
  if (kind == cudaMemcpyDefault) return Side::kAny;
  return kind == cudaMemcpyDeviceToDevice || kind == on_device ? Side::kDevice : Side::kHost;
}

/* Whether [pointer, pointer + bytes) is there, and lies within one block if it touches any. */
bool valid_range(const Runtime& emulated, const void* pointer, size_t bytes, Side side) {
  if (bytes == 0) return true;
  const auto entry = find_memory(emulated, pointer);
  if (entry == emulated.memory.end()) return side != Side::kDevice && pointer != nullptr;
  if (side == Side::kHost && entry->second.kind == Kind::kDevice) return false;
  return bytes <= entry->second.bytes - static_cast<size_t>(static_cast<const char*>(pointer) - entry->first);
}

bool valid_stream(const Runtime& emulated, cudaStream_t stream) { return stream == nullptr || emulated.streams.count(stream) != 0; }

bool valid_configuration(dim3 grid, dim3 block) {
  const uint64_t threads = static_cast<uint64_t>(block.x) * block.y * block.z;
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535 && threads > 0 &&
         threads <= wht_emulation::kMaxBlockThreads && block.x <= 1024 && block.y <= 1024 && block.z <= 64;
}

/* ---- errors ---- */

struct ErrorText {
  cudaError_t error;
  const char *name, *text;
};

#define WHT_ERROR(name, text) \
  { name, #name, text }
const ErrorText kErrorTexts[] = {
    WHT_ERROR(cudaSuccess, "no error"),
    WHT_ERROR(cudaErrorInvalidValue, "invalid argument"),
    WHT_ERROR(cudaErrorMemoryAllocation, "out of memory"),
    WHT_ERROR(cudaErrorInitializationError, "initialization error"),
    WHT_ERROR(cudaErrorCudartUnloading, "driver shutting down"),
    WHT_ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    WHT_ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    WHT_ERROR(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version"),
    WHT_ERROR(cudaErrorDevicesUnavailable, "all CUDA-capable devices are busy or unavailable"),
    WHT_ERROR(cudaErrorInvalidDeviceFunction, "invalid device function"),
    WHT_ERROR(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    WHT_ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    WHT_ERROR(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device"),
    WHT_ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    WHT_ERROR(cudaErrorNotReady, "device not ready"),
    WHT_ERROR(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    WHT_ERROR(cudaErrorLaunchOutOfResources, "too many resources requested for launch"),
    WHT_ERROR(cudaErrorLaunchTimeout, "the launch timed out and was terminated"),
    WHT_ERROR(cudaErrorAssert, "device-side assert triggered"),
    WHT_ERROR(cudaErrorMisalignedAddress, "misaligned address"),
    WHT_ERROR(cudaErrorLaunchFailure, "unspecified launch failure"),
    WHT_ERROR(cudaErrorNotPermitted, "operation not permitted"),
    WHT_ERROR(cudaErrorNotSupported, "operation not supported"),
    WHT_ERROR(cudaErrorSystemDriverMismatch, "system has unsupported display driver / cuda driver combination"),
    WHT_ERROR(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing"),
    WHT_ERROR(cudaErrorUnknown, "unknown error"),
};
#undef WHT_ERROR

const ErrorText* find_text(cudaError_t error) {
  for (const ErrorText& text : kErrorTexts) {
    if (text.error == error) return &text;
  }
  return nullptr;
}

}  // namespace

const char* cudaGetErrorName(cudaError_t error) {
  const ErrorText* text = find_text(error);
  return text != nullptr ? text->name : "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  const ErrorText* text = find_text(error);
  return text != nullptr ? text->text : "unrecognized error code";
}

cudaError_t cudaPeekAtLastError() {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  const cudaError_t fault = fault_of(emulated);
  return emulated.fault_reported ? fault : last_error;
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  last_error = cudaSuccess;
  return error;
}

/* ---- devices ---- */

cudaError_t cudaDriverGetVersion(int* version) {
  if (version == nullptr) return result(cudaErrorInvalidValue);
  *version = set_to("WHT_EMULATION_DRIVER", "none") ? 0 : set_to("WHT_EMULATION_DRIVER", "old") ? kOldDriverVersion : kDriverVersion;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  if (version == nullptr) return result(cudaErrorInvalidValue);
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  if (count == nullptr) return result(cudaErrorInvalidValue);
  const cudaError_t error = driver_error();
  *count = error == cudaSuccess ? device_count() : 0;
  return result(error);
}

cudaError_t cudaSetDevice(int device) {
  const cudaError_t error = driver_error();
  if (error != cudaSuccess) return result(error);
  if (device < 0 || device >= device_count()) return result(cudaErrorInvalidDevice);
  current_device = device;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  if (device == nullptr) return result(cudaErrorInvalidValue);
  *device = current_device;
  return result(driver_error());
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (properties == nullptr) return result(cudaErrorInvalidValue);
  const cudaError_t error = driver_error();
  if (error != cudaSuccess) return result(error);
  if (device < 0 || device >= device_count()) return result(cudaErrorInvalidDevice);
  *properties = cudaDeviceProp();
  const bool board = integrated();
  snprintf(properties->name, sizeof properties->name, "%s", board ? "Emulated integrated GPU" : "Emulated GPU");
  properties->totalGlobalMem = memory_total();
  properties->sharedMemPerBlock = 48 * 1024;
  properties->regsPerBlock = board ? 32768 : 65536;
  properties->warpSize = warpSize;
  properties->maxThreadsPerBlock = wht_emulation::kMaxBlockThreads;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
  properties->maxThreadsDim[2] = 64;
  properties->maxGridSize[0] = 0x7fffffff;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  properties->clockRate = 921600;
  properties->major = board ? 5 : 7;
  properties->minor = board ? 3 : 5;
  properties->multiProcessorCount = board ? 1 : 2;
  properties->integrated = board ? 1 : 0;
  properties->canMapHostMemory = 1;
  properties->l2CacheSize = 256 * 1024;
  properties->maxThreadsPerMultiProcessor = board ? 2048 : 1024;
  properties->managedMemory = 1;
  properties->concurrentManagedAccess = board ? 0 : 1;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (value == nullptr) return result(cudaErrorInvalidValue);
  cudaDeviceProp properties;
  const cudaError_t error = cudaGetDeviceProperties(&properties, device);
  if (error != cudaSuccess) return error;
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock: *value = properties.maxThreadsPerBlock; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = static_cast<int>(properties.sharedMemPerBlock); break;
    case cudaDevAttrWarpSize: *value = properties.warpSize; break;
    case cudaDevAttrClockRate: *value = properties.clockRate; break;
    case cudaDevAttrMultiProcessorCount: *value = properties.multiProcessorCount; break;
    case cudaDevAttrIntegrated: *value = properties.integrated; break;
    case cudaDevAttrCanMapHostMemory: *value = properties.canMapHostMemory; break;
    case cudaDevAttrL2CacheSize: *value = properties.l2CacheSize; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = properties.maxThreadsPerMultiProcessor; break;
    case cudaDevAttrComputeCapabilityMajor: *value = properties.major; break;
    case cudaDevAttrComputeCapabilityMinor: *value = properties.minor; break;
    case cudaDevAttrManagedMemory: *value = properties.managedMemory; break;
    case cudaDevAttrConcurrentManagedAccess: *value = properties.concurrentManagedAccess; break;
    default: return result(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  return on_device([](Runtime&) { return cudaSuccess; });
}

/* Ends everything on all devices, a fault too. */
cudaError_t cudaDeviceReset() {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  const cudaError_t error = driver_error();
  if (error != cudaSuccess) return result(error);
  while (!emulated.memory.empty()) release(emulated, emulated.memory.begin());
  for (cudaStream_t stream : emulated.streams) delete stream;
  for (cudaEvent_t event : emulated.events) delete event;
  emulated.streams.clear();
  emulated.events.clear();
  emulated.fault = last_error = cudaSuccess;
  emulated.fault_injected = emulated.fault_reported = false;
  return cudaSuccess;
}

/* ---- memory ---- */

cudaError_t cudaMalloc(void** pointer, size_t bytes) { return allocate(pointer, bytes, Kind::kDevice); }

cudaError_t cudaMallocManaged(void** pointer, size_t bytes, unsigned flags) {
  if ((flags != cudaMemAttachGlobal && flags != cudaMemAttachHost) || bytes == 0) return result(cudaErrorInvalidValue);
  return allocate(pointer, bytes, Kind::kManaged);
}

cudaError_t cudaFree(void* pointer) { return free_memory(pointer, false); }

cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned flags) {
  if ((flags & ~(cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined)) != 0) return result(cudaErrorInvalidValue);
  return allocate(pointer, bytes, Kind::kHost);
}

cudaError_t cudaFreeHost(void* pointer) { return free_memory(pointer, true); }

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  if (free == nullptr || total == nullptr) return result(cudaErrorInvalidValue);
  return on_device([&](Runtime& emulated) {
    *total = memory_total();
    const size_t used = emulated.used[current_device];
    *free = used < *total ? *total - used : 0;
    return cudaSuccess;
  });
}

#if defined(__SANITIZE_ADDRESS__)
namespace {

/* Whether memory of the host is CUDA's own, and so not pageable. */
bool is_registered(const void* pointer) {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  const auto after = emulated.memory.upper_bound(const_cast<char*>(static_cast<const char*>(pointer)));
  if (after == emulated.memory.begin()) return false;
  const auto block = std::prev(after);
  return static_cast<const char*>(pointer) < block->first + block->second.bytes;
}

}  // namespace
#endif

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const cudaError_t error = on_device([&](Runtime& emulated) {
    if (!valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
    const bool valid = valid_range(emulated, to, bytes, side_of(kind, cudaMemcpyHostToDevice)) &&
                       valid_range(emulated, from, bytes, side_of(kind, cudaMemcpyDeviceToHost));
    return valid ? cudaSuccess : cudaErrorInvalidValue;
  });
  if (error == cudaSuccess && bytes > 0) memmove(to, from, bytes);
#if defined(__SANITIZE_ADDRESS__)
  if (error == cudaSuccess && kind == cudaMemcpyHostToDevice && stream != nullptr && !is_registered(from)) {
    const char* begin = static_cast<const char*>(from);
    stream->sources.push_back({from, std::vector<char>(begin, begin + bytes)});
  }
#endif
  return error;
}

cudaError_t cudaMemsetAsync(void* pointer, int value, size_t bytes, cudaStream_t stream) {
  const cudaError_t error = on_device([&](Runtime& emulated) {
    if (!valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    return valid_range(emulated, pointer, bytes, Side::kDevice) ? cudaSuccess : cudaErrorInvalidValue;
  });
  if (error == cudaSuccess && bytes > 0) memset(pointer, value, bytes);
  return error;
}

cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, void* pointer, size_t bytes, unsigned flags) {
  return on_device([&](Runtime& emulated) {
    if (!valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    if (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost && flags != cudaMemAttachSingle) return cudaErrorInvalidValue;
    if (flags == cudaMemAttachSingle && stream == nullptr) return cudaErrorInvalidValue;
    const auto entry = emulated.memory.find(static_cast<char*>(pointer));
    if (entry == emulated.memory.end() || entry->second.kind != Kind::kManaged) return cudaErrorInvalidValue;
    return bytes == 0 || bytes == entry->second.bytes ? cudaSuccess : cudaErrorInvalidValue;
  });
}

/* ---- streams and events ---- */

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  if (stream == nullptr || (flags & ~cudaStreamNonBlocking) != 0) return result(cudaErrorInvalidValue);
  return on_device([&](Runtime& emulated) {
    *stream = new CUstream_st;
    emulated.streams.insert(*stream);
    return cudaSuccess;
  });
}

/* After a fault too, as cudaFree. */
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  if (emulated.streams.erase(stream) == 0) return result(cudaErrorInvalidResourceHandle);
  delete stream;
  return device_result(emulated, device_error(emulated));
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return on_device([&](Runtime& emulated) {
    if (!valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    if (stream != nullptr) {
      for (const CUstream_st::Source& source : stream->sources) {
        if (memcmp(source.memory, source.copied.data(), source.copied.size()) != 0) {
          fprintf(stderr, "host memory was changed while a copy from it could be under way\n");
          return cudaErrorIllegalAddress;
        }
      }
      stream->sources.clear();
    }
    return cudaSuccess;
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) { return cudaStreamSynchronize(stream); }

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  if (event == nullptr || (flags & ~(cudaEventBlockingSync | cudaEventDisableTiming)) != 0) return result(cudaErrorInvalidValue);
  return on_device([&](Runtime& emulated) {
    *event = new CUevent_st{flags, false, {}};
    emulated.events.insert(*event);
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  Runtime& emulated = runtime();
  const Lock lock(emulated.mutex);
  if (emulated.events.erase(event) == 0) return result(cudaErrorInvalidResourceHandle);
  delete event;
  return device_result(emulated, device_error(emulated));
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return on_device([&](Runtime& emulated) {
    if (emulated.events.count(event) == 0 || !valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    event->recorded = true;
    event->time = std::chrono::steady_clock::now();
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return on_device([&](Runtime& emulated) { return emulated.events.count(event) != 0 ? cudaSuccess : cudaErrorInvalidResourceHandle; });
}

cudaError_t cudaEventQuery(cudaEvent_t event) { return cudaEventSynchronize(event); }

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (milliseconds == nullptr) return result(cudaErrorInvalidValue);
  return on_device([&](Runtime& emulated) {
    for (cudaEvent_t event : {start, end}) {
      if (emulated.events.count(event) == 0 || !event->recorded || (event->flags & cudaEventDisableTiming) != 0) {
        return cudaErrorInvalidResourceHandle;
      }
    }
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return cudaSuccess;
  });
}

/* ---- kernels ---- */

static bool architecture_missing() { return set_to("WHT_EMULATION_ARCHITECTURE", "missing"); }

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  if (attributes == nullptr) return result(cudaErrorInvalidValue);
  return on_device([&](Runtime&) {
    if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
    if (architecture_missing()) return cudaErrorNoKernelImageForDevice;
    const int version = integrated() ? 53 : 75;
    *attributes = cudaFuncAttributes();
    attributes->maxThreadsPerBlock = wht_emulation::kMaxBlockThreads;
    attributes->numRegs = 32;
    attributes->ptxVersion = attributes->binaryVersion = version;
    return cudaSuccess;
  });
}

void wht_emulation::launch_grid(const char* name, dim3 grid, dim3 block, cudaStream_t stream, void (*thread)(const void* kernel),
                                const void* kernel) {
  Runtime& emulated = runtime();
  const Lock running(emulated.launching);
  bool runs = false;
  on_device([&](Runtime&) {
    if (!valid_stream(emulated, stream)) return cudaErrorInvalidResourceHandle;
    if (!valid_configuration(grid, block)) return cudaErrorInvalidConfiguration;
    if (architecture_missing()) return cudaErrorNoKernelImageForDevice;
    const char* faulty = setting("WHT_EMULATION_FAULT");
    if (faulty != nullptr && strstr(name, faulty) != nullptr) {
      emulated.fault = cudaErrorIllegalAddress;
      emulated.fault_injected = true;
    } else {
      runs = true;
    }
    return cudaSuccess;
  });
  if (!runs) return;
  const cudaError_t error = run_grid({name, grid, block, thread, kernel, set_to("WHT_EMULATION_ORDER", "reversed")});
  if (error == cudaSuccess) return;
  const Lock lock(emulated.mutex);
  if (error == cudaErrorLaunchFailure) {
    emulated.fault = error;
  } else {
    result(error);
  }
}
