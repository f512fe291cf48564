/*
 * Stands in for CUDA's own header, so that g++ compiles the CUDA backend's sources and runs them on the CPU: the part of CUDA 10.2's
 * language and runtime API that those sources use, under its names, with its values. Only a kernel's launch is written differently:
 *
 *   wht_emulation::launch("block transform", kernel, grid, block, stream, argument...);   // kernel<<<grid, block, 0,
 * stream>>>(argument...)
 *
 * One block runs at a time, in the whole process, and each of its threads is a fiber (grid.cc).
 */
#ifndef WHT_CUDA_EMULATION_CUDA_RUNTIME_H
#define WHT_CUDA_EMULATION_CUDA_RUNTIME_H

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmath>

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's own names.

#define WHT_CUDA_EMULATION 1
#define CUDART_VERSION 10020

/* ---- the language ---- */

#define __global__
#define __device__
#define __host__
#define __constant__
/* One block runs at a time, so its shared memory may lie still. It is not cleared between blocks, as on a GPU. */
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

#define WHT_EMULATED_VECTOR_2(type, name, alignment)                 \
  struct __attribute__((aligned(alignment))) name##2 { type x, y; }; \
  static inline name##2 make_##name##2(type x, type y) {             \
    name##2 v;                                                       \
    v.x = x;                                                         \
    v.y = y;                                                         \
    return v;                                                        \
  }
#define WHT_EMULATED_VECTOR_3(type, name, alignment)                    \
  struct __attribute__((aligned(alignment))) name##3 { type x, y, z; }; \
  static inline name##3 make_##name##3(type x, type y, type z) {        \
    name##3 v;                                                          \
    v.x = x;                                                            \
    v.y = y;                                                            \
    v.z = z;                                                            \
    return v;                                                           \
  }
#define WHT_EMULATED_VECTOR_4(type, name, alignment)                       \
  struct __attribute__((aligned(alignment))) name##4 { type x, y, z, w; }; \
  static inline name##4 make_##name##4(type x, type y, type z, type w) {   \
    name##4 v;                                                             \
    v.x = x;                                                               \
    v.y = y;                                                               \
    v.z = z;                                                               \
    v.w = w;                                                               \
    return v;                                                              \
  }
WHT_EMULATED_VECTOR_2(int, int, 8)
WHT_EMULATED_VECTOR_3(int, int, 4)
WHT_EMULATED_VECTOR_4(int, int, 16)
WHT_EMULATED_VECTOR_2(unsigned, uint, 8)
WHT_EMULATED_VECTOR_3(unsigned, uint, 4)
WHT_EMULATED_VECTOR_4(unsigned, uint, 16)
WHT_EMULATED_VECTOR_2(float, float, 8)
WHT_EMULATED_VECTOR_3(float, float, 4)
WHT_EMULATED_VECTOR_4(float, float, 16)
#undef WHT_EMULATED_VECTOR_2
#undef WHT_EMULATED_VECTOR_3
#undef WHT_EMULATED_VECTOR_4

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  operator uint3() const { return make_uint3(x, y, z); }
};

/* Of the thread that runs: set anew at each switch of fibers. */
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace wht_emulation {

/* Where a barrier is written, by which barriers are told apart and named in messages. */
struct Site {
  const char* file;
  int line;
};

void wait_for_block(Site site);
void wait_for_warp(unsigned mask, Site site);
uint32_t shuffle_xor(unsigned mask, uint32_t bits, int lane_mask, int width, Site site);

template <class To, class From>
inline To bits_as(From value) {
  static_assert(sizeof(To) == sizeof(From), "both must have the same size");
  To result;
  memcpy(&result, &value, sizeof(To));
  return result;
}

}  // namespace wht_emulation

/* The last parameters stand for the line of the call. */
inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { wht_emulation::wait_for_block({file, line}); }
inline void __syncwarp(unsigned mask = ~0u, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  wht_emulation::wait_for_warp(mask, {file, line});
}
/* Orders memory of no other thread: as on a GPU, that takes a barrier. */
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize, const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) {
  return wht_emulation::bits_as<T>(
      wht_emulation::shuffle_xor(mask, wht_emulation::bits_as<uint32_t>(value), lane_mask, width, {file, line}));
}

template <class T>
inline T __ldg(const T* p) {
  return *p;
}

inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32); }
inline unsigned __brev(unsigned v) {
  v = ((v >> 1) & 0x55555555u) | ((v & 0x55555555u) << 1);
  v = ((v >> 2) & 0x33333333u) | ((v & 0x33333333u) << 2);
  v = ((v >> 4) & 0x0f0f0f0fu) | ((v & 0x0f0f0f0fu) << 4);
  return __builtin_bswap32(v);
}
inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline int __clz(int v) { return v == 0 ? 32 : __builtin_clz(static_cast<unsigned>(v)); }
inline int __ffs(int v) { return __builtin_ffs(v); }

inline int __float_as_int(float v) { return wht_emulation::bits_as<int>(v); }
inline unsigned __float_as_uint(float v) { return wht_emulation::bits_as<unsigned>(v); }
inline float __int_as_float(int v) { return wht_emulation::bits_as<float>(v); }
inline float __uint_as_float(unsigned v) { return wht_emulation::bits_as<float>(v); }

inline float rsqrtf(float v) { return 1.0f / sqrtf(v); }
inline float __expf(float v) { return expf(v); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }

#define WHT_EMULATED_MIN_MAX(type)                          \
  inline type min(type a, type b) { return b < a ? b : a; } \
  inline type max(type a, type b) { return a < b ? b : a; }
WHT_EMULATED_MIN_MAX(int)
WHT_EMULATED_MIN_MAX(unsigned)
WHT_EMULATED_MIN_MAX(long)
WHT_EMULATED_MIN_MAX(unsigned long)
WHT_EMULATED_MIN_MAX(long long)
WHT_EMULATED_MIN_MAX(unsigned long long)
#undef WHT_EMULATED_MIN_MAX
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

/* ---- the runtime API ---- */

enum cudaError {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInitializationError = 3,
  cudaErrorCudartUnloading = 4,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInvalidMemcpyDirection = 21,
  cudaErrorInsufficientDriver = 35,
  cudaErrorDevicesUnavailable = 46,
  cudaErrorInvalidDeviceFunction = 98,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorNotReady = 600,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchOutOfResources = 701,
  cudaErrorLaunchTimeout = 702,
  cudaErrorAssert = 710,
  cudaErrorMisalignedAddress = 716,
  cudaErrorLaunchFailure = 719,
  cudaErrorNotPermitted = 800,
  cudaErrorNotSupported = 801,
  cudaErrorSystemDriverMismatch = 803,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorUnknown = 999
};
typedef enum cudaError cudaError_t;

enum cudaMemcpyKind {
  cudaMemcpyHostToHost = 0,
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost = 2,
  cudaMemcpyDeviceToDevice = 3,
  cudaMemcpyDefault = 4
};

enum cudaDeviceAttr {
  cudaDevAttrMaxThreadsPerBlock = 1,
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrWarpSize = 10,
  cudaDevAttrClockRate = 13,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrIntegrated = 18,
  cudaDevAttrCanMapHostMemory = 19,
  cudaDevAttrL2CacheSize = 38,
  cudaDevAttrMaxThreadsPerMultiProcessor = 39,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrManagedMemory = 83,
  cudaDevAttrConcurrentManagedAccess = 89
};

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock;
  int warpSize;
  int maxThreadsPerBlock;
  int maxThreadsDim[3];
  int maxGridSize[3];
  int clockRate;
  int major;
  int minor;
  int multiProcessorCount;
  int integrated;
  int canMapHostMemory;
  int l2CacheSize;
  int maxThreadsPerMultiProcessor;
  int managedMemory;
  int concurrentManagedAccess;
};

struct cudaFuncAttributes {
  size_t sharedSizeBytes;
  size_t constSizeBytes;
  size_t localSizeBytes;
  int maxThreadsPerBlock;
  int numRegs;
  int ptxVersion;
  int binaryVersion;
};

typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;

#define cudaStreamDefault 0x00
#define cudaStreamNonBlocking 0x01
#define cudaEventDefault 0x00
#define cudaEventBlockingSync 0x01
#define cudaEventDisableTiming 0x02
#define cudaHostAllocDefault 0x00
#define cudaHostAllocPortable 0x01
#define cudaHostAllocMapped 0x02
#define cudaHostAllocWriteCombined 0x04
#define cudaMemAttachGlobal 0x01
#define cudaMemAttachHost 0x02
#define cudaMemAttachSingle 0x04

const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();

cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaDeviceReset();

cudaError_t cudaMalloc(void** pointer, size_t bytes);
cudaError_t cudaMallocManaged(void** pointer, size_t bytes, unsigned flags = cudaMemAttachGlobal);
cudaError_t cudaFree(void* pointer);
cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void* pointer);
cudaError_t cudaMemGetInfo(size_t* free, size_t* total);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream = nullptr);
cudaError_t cudaMemsetAsync(void* pointer, int value, size_t bytes, cudaStream_t stream = nullptr);
cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, void* pointer, size_t bytes = 0, unsigned flags = cudaMemAttachSingle);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);

cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end);

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel);

template <class T>
inline cudaError_t cudaMalloc(T** pointer, size_t bytes) {
  return cudaMalloc(reinterpret_cast<void**>(pointer), bytes);
}
template <class T>
inline cudaError_t cudaMallocManaged(T** pointer, size_t bytes, unsigned flags = cudaMemAttachGlobal) {
  return cudaMallocManaged(reinterpret_cast<void**>(pointer), bytes, flags);
}
template <class T>
inline cudaError_t cudaHostAlloc(T** pointer, size_t bytes, unsigned flags) {
  return cudaHostAlloc(reinterpret_cast<void**>(pointer), bytes, flags);
}
template <class T>
inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, T* kernel) {
  return cudaFuncGetAttributes(attributes, reinterpret_cast<const void*>(kernel));
}

/* ---- launching ---- */

namespace wht_emulation {

void launch_grid(const char* name, dim3 grid, dim3 block, cudaStream_t stream, void (*thread)(const void* kernel), const void* kernel);

/**
 * Runs the grid and returns when it is done. Errors are found as after CUDA's own launch: a wrong configuration by cudaGetLastError, a
 * fault within the kernel by the calls that follow. `name` names the kernel in messages and in WHT_EMULATION_FAULT.
 */
template <class... P, class... A>
void launch(const char* name, void (*kernel)(P...), dim3 grid, dim3 block, cudaStream_t stream, const A&... arguments) {
  static_assert(sizeof...(P) == sizeof...(A), "the kernel has another number of parameters");
  const auto run_thread = [&] { kernel(arguments...); };
  using RunThread = decltype(run_thread);
  launch_grid(
      name, grid, block, stream, [](const void* run) { (*static_cast<RunThread*>(run))(); }, &run_thread);
}

}  // namespace wht_emulation

// NOLINTEND(bugprone-reserved-identifier)

#endif
