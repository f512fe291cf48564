/*
 * Checks of native/cuda-emulation itself, with kernels of its own. Prints "ok" and exits with 0 where all hold.
 *
 *   emulator-check               everything below
 *   emulator-check all-floats    the conversion of every float to float16
 *   emulator-check race-block | race-warp | race-shuffle | overrun
 *                                kernels with a mistake that ThreadSanitizer or AddressSanitizer must report: the sanitizers' negative
 * control
 */
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using wht_emulation::launch;

static int failures = 0;

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      failures++;                                                          \
    }                                                                      \
  } while (0)

/* Of the error's name, so that a failure says which it was. */
#define CHECK_ERROR(call, expected)                                                                         \
  do {                                                                                                      \
    const cudaError_t error = (call);                                                                       \
    if (error != (expected)) {                                                                              \
      printf("%s:%d: %s gave %s, not %s\n", __FILE__, __LINE__, #call, cudaGetErrorName(error), #expected); \
      failures++;                                                                                           \
    }                                                                                                       \
  } while (0)

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count_(count) { CHECK_ERROR(cudaMalloc(&data_, count * sizeof(T)), cudaSuccess); }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  operator T*() const { return data_; }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    CHECK_ERROR(cudaMemcpyAsync(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return values;
  }

 private:
  size_t count_;
  T* data_ = nullptr;
};

class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Setting() { unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
};

/* What is written to stderr while it lives. */
class CapturedStderr {
 public:
  CapturedStderr() : file_(tmpfile()), saved_(dup(2)) { dup2(fileno(file_), 2); }
  ~CapturedStderr() {
    dup2(saved_, 2);
    close(saved_);
    fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string text() {
    fflush(stderr);
    std::string text(4096, '\0');
    rewind(file_);
    text.resize(fread(&text[0], 1, text.size(), file_));
    return text;
  }

 private:
  FILE* file_;
  int saved_;
};

static bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/* ---- indices and order ---- */

__global__ void write_indices(unsigned* output) {
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  output[block * blockDim.x * blockDim.y * blockDim.z + thread] = block * 1000 + thread;
}

static void check_indices() {
  const dim3 grid(3, 2, 4), block(5, 3, 7);
  DeviceArray<unsigned> output(24 * 105);
  launch("write_indices", write_indices, grid, block, nullptr, output);
  const auto values = output.read();
  for (unsigned i = 0; i < values.size(); i++) CHECK(values[i] == i / 105 * 1000 + i % 105);
}

/* A thread's turn: how many had theirs before it. */
__global__ void count_turns(unsigned* count, unsigned* turns) {
  turns[blockIdx.x * blockDim.x + threadIdx.x] = __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

static std::vector<unsigned> turns_taken() {
  DeviceArray<unsigned> count(1), turns(210);
  CHECK_ERROR(cudaMemsetAsync(count, 0, sizeof(unsigned)), cudaSuccess);
  launch("count_turns", count_turns, 3, 70, nullptr, count, turns);
  return turns.read();
}

static void check_order() {
  const auto forward = turns_taken();
  const Setting order("WHT_EMULATION_ORDER", "reversed");
  const auto reversed = turns_taken();
  for (unsigned i = 0; i < forward.size(); i++) CHECK(forward[i] == i && reversed[i] == 209 - i);
}

/* ---- barriers ---- */

/* Each block reverses its part of the input, `rounds` times: an odd number reverses it. */
template <int N>
__global__ void __launch_bounds__(N) reverse(const float* input, float* output, int rounds) {
  __shared__ float values[N];
  const int i = static_cast<int>(threadIdx.x), base = static_cast<int>(blockIdx.x) * N;
  values[i] = input[base + i];
  for (int round = 0; round < rounds; round++) {
    __syncthreads();
    const float other = values[N - 1 - i];
    __syncthreads();
    values[i] = other;
  }
  output[base + i] = values[i];
}

template <int N>
static void check_reverse() {
  DeviceArray<float> input(3 * N), output(3 * N);
  std::vector<float> values(3 * N);
  for (int i = 0; i < 3 * N; i++) values[i] = static_cast<float>(i);
  CHECK_ERROR(cudaMemcpyAsync(input, values.data(), values.size() * sizeof(float), cudaMemcpyHostToDevice), cudaSuccess);
  launch("reverse", reverse<N>, dim3(3), dim3(N), nullptr, input, output, 5);
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  const auto result = output.read();
  for (int i = 0; i < 3 * N; i++) CHECK(result[i] == values[i / N * N + N - 1 - i % N]);
}

/* Sums in each half of a warp by itself, the halves taking different paths. */
__global__ void sum_half_warps(int* output) {
  __shared__ int values[64];
  const unsigned i = threadIdx.x, half = (i / 16) & 1, mask = half != 0 ? 0xffff0000u : 0x0000ffffu;
  values[i] = static_cast<int>(i);
  if (half != 0) {
    for (unsigned distance = 8; distance > 0; distance /= 2) {
      __syncwarp(mask);
      const int other = values[i ^ distance];
      __syncwarp(mask);
      values[i] += other;
    }
  } else {
    for (unsigned distance = 1; distance < 16; distance *= 2) {
      __syncwarp(mask);
      const int other = values[i ^ distance];
      __syncwarp(mask);
      values[i] += other;
    }
  }
  output[i] = values[i];
}

static void check_half_warps() {
  DeviceArray<int> output(64);
  launch("sum_half_warps", sum_half_warps, 1, 64, nullptr, output);
  const auto values = output.read();
  for (int i = 0; i < 64; i++) CHECK(values[i] == i / 16 * 256 + 120);
}

/* ---- shuffles ---- */

__global__ void shuffles(float* sums, int* widths, unsigned* halves) {
  const int i = static_cast<int>(threadIdx.x);
  float sum = static_cast<float>(i);
  for (int distance = 1; distance < 32; distance *= 2) sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  sums[i] = sum;
  widths[i] = __shfl_xor_sync(0xffffffffu, i, 12, 8);
  if ((i & 16) != 0) {
    halves[i] = __shfl_xor_sync(0xffff0000u, static_cast<unsigned>(i), 3);
  } else {
    halves[i] = __shfl_xor_sync(0x0000ffffu, static_cast<unsigned>(i) + 100, 16);
  }
}

__global__ void shuffle_partial_warp(float* output) {
  output[threadIdx.x] = __shfl_xor_sync(0xffffffffu, static_cast<float>(threadIdx.x), 16);
}

static void check_shuffles() {
  DeviceArray<float> sums(64), partial(40);
  DeviceArray<int> widths(64);
  DeviceArray<unsigned> halves(64);
  launch("shuffles", shuffles, 1, 64, nullptr, sums, widths, halves);
  const auto sum = sums.read();
  const auto width = widths.read();
  const auto half = halves.read();
  for (int i = 0; i < 64; i++) {
    CHECK(sum[i] == (i < 32 ? 496 : 496 + 1024));
    CHECK(width[i] == ((i & 8) != 0 ? i ^ 12 : i));  // a later group of eight lanes can't be read
    CHECK(half[i] == ((i & 16) != 0 ? static_cast<unsigned>(i ^ 3) : 0xffffffffu));
  }
  launch("shuffle_partial_warp", shuffle_partial_warp, 1, 40, nullptr, partial);
  const auto values = partial.read();
  for (int i = 0; i < 40; i++) CHECK(i < 32 ? values[i] == static_cast<float>(i ^ 16) : std::isnan(values[i]));
}

/* ---- divergent barriers ---- */

__global__ void exit_early(int) {
  if (threadIdx.x >= 40) return;
  __syncthreads();
}
__global__ void two_barriers(int) {
  if (threadIdx.x < 16) {  // NOLINT(bugprone-branch-clone): to a GPU, they are two barriers
    __syncthreads();
  } else {
    __syncthreads();
  }
}
__global__ void lane_exits(int) {
  if (threadIdx.x == 5) return;
  __shfl_xor_sync(0xffffffffu, 1.0f, 1);
}
__global__ void lane_not_in_mask(int) { __syncwarp(0xfffffffeu); }
__global__ void masks_differ(int) { __syncwarp(threadIdx.x % 32 < 8 ? 0x0000ffffu : 0xffffffffu); }
__global__ void block_and_warp(int) {
  __syncthreads();
  if (threadIdx.x < 4) {
    __syncwarp();
  } else {
    __syncthreads();
  }
}

static void check_divergence(const char* name, void (*kernel)(int), const char* first, const char* second) {
  std::string message;
  {
    CapturedStderr captured;
    launch(name, kernel, 2, 64, nullptr, 0);
    message = captured.text();
  }
  CHECK(contains(message, (std::string("divergent barrier in kernel ") + name + ": block (").c_str()));
  CHECK(contains(message, first));
  CHECK(contains(message, second));
  CHECK(contains(message, "emulator-check.cc:"));
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);  // not known yet
  CHECK_ERROR(cudaStreamSynchronize(nullptr), cudaErrorLaunchFailure);
  CHECK_ERROR(cudaStreamSynchronize(nullptr), cudaErrorLaunchFailure);
  CHECK_ERROR(cudaGetLastError(), cudaErrorLaunchFailure);
  CHECK_ERROR(cudaGetLastError(), cudaErrorLaunchFailure);
  CHECK_ERROR(cudaDeviceReset(), cudaSuccess);
  CHECK_ERROR(cudaDeviceSynchronize(), cudaSuccess);
  check_reverse<64>();  // the abandoned fibers work again
}

static void check_divergences() {
  check_divergence("exit_early", exit_early, "thread (0, 0, 0) waits in __syncthreads at ", ", but thread (40, 0, 0) has exited");
  check_divergence("two_barriers", two_barriers, "thread (0, 0, 0) waits in __syncthreads",
                   ", but thread (16, 0, 0) waits in __syncthreads");
  check_divergence("lane_exits", lane_exits, "waits in __shfl_xor_sync", "with mask 0xffffffff, but thread (5, 0, 0) has exited");
  check_divergence("lane_not_in_mask", lane_not_in_mask, ", 0, 0) is not in the mask of __syncwarp", "with mask 0xfffffffe");
  check_divergence("masks_differ", masks_differ, "with mask 0x0000ffff, but thread (8, 0, 0) waits", "with mask 0xffffffff");
  check_divergence("block_and_warp", block_and_warp, "thread (0, 0, 0) waits in __syncwarp", "but thread (4, 0, 0) waits in __syncthreads");
}

/* ---- launches ---- */

__global__ void add(const float* a, float b, long long* count, float* output) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  output[i] = __ldg(a + i) + b;
  if (i == 0) *count = gridDim.x;
}

static void check_configurations() {
  DeviceArray<unsigned> output(2048);
  const dim3 bad[][2] = {{0, 32}, {1, 0}, {1, 1025}, {1, dim3(32, 33)}, {1, dim3(1, 1, 65)}, {dim3(1, 65536), 1}};
  for (const auto& pair : bad) {
    launch("write_indices", write_indices, pair[0], pair[1], nullptr, output);
    CHECK_ERROR(cudaPeekAtLastError(), cudaErrorInvalidConfiguration);
    CHECK_ERROR(cudaGetLastError(), cudaErrorInvalidConfiguration);
    CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  }
  launch("write_indices", write_indices, 2, 1024, nullptr, output);
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  CHECK(output.read()[1024 + 1023] == 1000 + 1023);
}

/* Many threads, launched by several threads of the host. */
static void check_many_threads() {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int t = 0; t < 3; t++) {
    threads.emplace_back([t] {
      cudaStream_t stream;
      CHECK_ERROR(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
      constexpr int kCount = 200 * 256;
      DeviceArray<float> input(kCount), output(kCount);
      DeviceArray<long long> count(1);
      CHECK_ERROR(cudaMemsetAsync(input, 0, kCount * sizeof(float), stream), cudaSuccess);
      launch("add", add, 200, 256, stream, input, t, count, output);
      CHECK_ERROR(cudaStreamSynchronize(stream), cudaSuccess);
      for (float value : output.read()) CHECK(value == static_cast<float>(t));
      CHECK(count.read()[0] == 200);
      CHECK_ERROR(cudaStreamDestroy(stream), cudaSuccess);
      CHECK_ERROR(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle);
    });
  }
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  printf("153600 threads in %.1f ms\n", time.count());
}

/* ---- memory ---- */

static void check_memory() {
  const Setting limit("WHT_EMULATION_MEMORY", "1000000");
  size_t free_bytes = 0, total = 0;
  CHECK_ERROR(cudaMemGetInfo(&free_bytes, &total), cudaSuccess);
  CHECK(free_bytes == 1000000 && total == 1000000);
  float *a = nullptr, *b = nullptr, *pinned = nullptr, *managed = nullptr;
  CHECK_ERROR(cudaMalloc(&a, 600000), cudaSuccess);
  CHECK_ERROR(cudaMalloc(&b, 600000), cudaErrorMemoryAllocation);
  CHECK_ERROR(cudaGetLastError(), cudaErrorMemoryAllocation);
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  CHECK(b == nullptr && reinterpret_cast<uintptr_t>(a) % 256 == 0 && std::isnan(a[0]) && std::isnan(a[149999]));
  CHECK_ERROR(cudaMallocManaged(&managed, 400000), cudaSuccess);
  CHECK_ERROR(cudaMemGetInfo(&free_bytes, &total), cudaSuccess);
  CHECK(free_bytes == 0);
  CHECK_ERROR(cudaHostAlloc(&pinned, 4000, cudaHostAllocDefault), cudaSuccess);

  cudaStream_t stream = nullptr;
  CHECK_ERROR(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  CHECK_ERROR(cudaStreamAttachMemAsync(stream, managed), cudaSuccess);
  CHECK_ERROR(cudaStreamAttachMemAsync(stream, a), cudaErrorInvalidValue);
  CHECK_ERROR(cudaStreamDestroy(stream), cudaSuccess);
  CHECK_ERROR(cudaMemsetAsync(a, 0, 4, stream), cudaErrorInvalidResourceHandle);

  std::vector<float> host(1000, 1.5f);
  CHECK_ERROR(cudaMemcpyAsync(a + 100, host.data(), 4000, cudaMemcpyHostToDevice), cudaSuccess);
  CHECK_ERROR(cudaMemcpyAsync(pinned, a + 100, 4000, cudaMemcpyDeviceToHost), cudaSuccess);
  CHECK(pinned[0] == 1.5f && pinned[999] == 1.5f && std::isnan(a[99]) && std::isnan(a[1100]));
  CHECK_ERROR(cudaMemcpyAsync(a + 149999, host.data(), 8, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpyAsync(host.data(), host.data() + 1, 4, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpyAsync(a, a + 1, 4, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpyAsync(managed, a, 4000, cudaMemcpyDefault), cudaSuccess);

  CHECK_ERROR(cudaFree(host.data()), cudaErrorInvalidValue);
  CHECK_ERROR(cudaFree(a + 1), cudaErrorInvalidValue);
  CHECK_ERROR(cudaFree(pinned), cudaErrorInvalidValue);
  CHECK_ERROR(cudaFreeHost(a), cudaErrorInvalidValue);
  CHECK_ERROR(cudaFree(a), cudaSuccess);
  CHECK_ERROR(cudaFree(a), cudaErrorInvalidValue);
  CHECK_ERROR(cudaFree(managed), cudaSuccess);
  CHECK_ERROR(cudaFreeHost(pinned), cudaSuccess);
  CHECK_ERROR(cudaFree(nullptr), cudaSuccess);
  CHECK_ERROR(cudaMemGetInfo(&free_bytes, &total), cudaSuccess);
  CHECK(free_bytes == total);
  cudaGetLastError();
}

/* ---- devices, drivers, faults ---- */

static void check_devices() {
  int value = -1;
  CHECK_ERROR(cudaGetDeviceCount(&value), cudaSuccess);
  CHECK(value == 1);
  CHECK_ERROR(cudaSetDevice(1), cudaErrorInvalidDevice);
  {
    const Setting devices("WHT_EMULATION_DEVICES", "2");
    CHECK_ERROR(cudaSetDevice(1), cudaSuccess);
    DeviceArray<float> there(10);
    size_t free_there = 0, free_here = 0, total = 0;
    CHECK_ERROR(cudaMemGetInfo(&free_there, &total), cudaSuccess);
    CHECK_ERROR(cudaSetDevice(0), cudaSuccess);
    CHECK_ERROR(cudaMemGetInfo(&free_here, &total), cudaSuccess);
    CHECK(free_there == total - 40 && free_here == total);
  }
  {
    const Setting devices("WHT_EMULATION_DEVICES", "0");
    CHECK_ERROR(cudaGetDeviceCount(&value), cudaErrorNoDevice);
    void* pointer;
    CHECK_ERROR(cudaMalloc(&pointer, 4), cudaErrorNoDevice);
  }
  {
    const Setting driver("WHT_EMULATION_DRIVER", "none");
    CHECK_ERROR(cudaGetDeviceCount(&value), cudaErrorInsufficientDriver);
    CHECK_ERROR(cudaDriverGetVersion(&value), cudaSuccess);
    CHECK(value == 0);
  }
  {
    const Setting driver("WHT_EMULATION_DRIVER", "old");
    CHECK_ERROR(cudaGetDeviceCount(&value), cudaErrorInsufficientDriver);
    CHECK_ERROR(cudaDriverGetVersion(&value), cudaSuccess);
    CHECK(value == 9000);
  }
  cudaFuncAttributes attributes;
  CHECK_ERROR(cudaFuncGetAttributes(&attributes, add), cudaSuccess);
  CHECK(attributes.maxThreadsPerBlock == 1024);
  {
    const Setting architecture("WHT_EMULATION_ARCHITECTURE", "missing");
    cudaGetLastError();
    CHECK_ERROR(cudaFuncGetAttributes(&attributes, add), cudaErrorNoKernelImageForDevice);
    launch("exit_early", exit_early, 1, 64, nullptr, 0);
    CHECK_ERROR(cudaGetLastError(), cudaErrorNoKernelImageForDevice);
  }
  cudaDeviceProp properties;
  CHECK_ERROR(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  CHECK(properties.integrated == 0 && properties.concurrentManagedAccess == 1);
  const Setting board("WHT_EMULATION_INTEGRATED", "1");
  CHECK_ERROR(cudaDeviceGetAttribute(&value, cudaDevAttrIntegrated, 0), cudaSuccess);
  CHECK(value == 1);
  CHECK_ERROR(cudaDeviceGetAttribute(&value, cudaDevAttrConcurrentManagedAccess, 0), cudaSuccess);
  CHECK(value == 0);
  CHECK(std::string(cudaGetErrorString(cudaErrorNoDevice)) == "no CUDA-capable device is detected");
}

static void check_faults() {
  DeviceArray<unsigned> output(32);
  void* pointer = nullptr;
  {
    const Setting fault("WHT_EMULATION_FAULT", "indices");
    launch("shuffle_partial_warp", shuffle_partial_warp, 1, 32, nullptr, reinterpret_cast<float*>(static_cast<unsigned*>(output)));
    CHECK_ERROR(cudaDeviceSynchronize(), cudaSuccess);
    launch("write_indices", write_indices, 1, 32, nullptr, output);
    CHECK_ERROR(cudaGetLastError(), cudaSuccess);
    launch("shuffle_partial_warp", shuffle_partial_warp, 1, 32, nullptr, reinterpret_cast<float*>(static_cast<unsigned*>(output)));
    CHECK_ERROR(cudaGetLastError(), cudaErrorIllegalAddress);
    CHECK_ERROR(cudaGetLastError(), cudaErrorIllegalAddress);
    CHECK_ERROR(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
    CHECK_ERROR(cudaMemsetAsync(output, 0, 4), cudaErrorIllegalAddress);
    CHECK_ERROR(cudaMalloc(&pointer, 4), cudaErrorIllegalAddress);
  }
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  launch("write_indices", write_indices, 1, 32, nullptr, output);
  CHECK_ERROR(cudaDeviceSynchronize(), cudaSuccess);
  CHECK(output.read()[31] == 31);
}

static void check_events() {
  cudaEvent_t start, end, untimed;
  float milliseconds = -1;
  CHECK_ERROR(cudaEventCreate(&start), cudaSuccess);
  CHECK_ERROR(cudaEventCreate(&end), cudaSuccess);
  CHECK_ERROR(cudaEventCreateWithFlags(&untimed, cudaEventDisableTiming), cudaSuccess);
  CHECK_ERROR(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorInvalidResourceHandle);
  for (cudaEvent_t event : {start, untimed, end}) CHECK_ERROR(cudaEventRecord(event), cudaSuccess);
  CHECK_ERROR(cudaEventSynchronize(end), cudaSuccess);
  CHECK_ERROR(cudaEventElapsedTime(&milliseconds, start, untimed), cudaErrorInvalidResourceHandle);
  CHECK_ERROR(cudaEventElapsedTime(&milliseconds, start, end), cudaSuccess);
  CHECK(milliseconds >= 0);
  for (cudaEvent_t event : {start, untimed, end}) CHECK_ERROR(cudaEventDestroy(event), cudaSuccess);
  CHECK_ERROR(cudaEventRecord(end), cudaErrorInvalidResourceHandle);
  cudaGetLastError();
}

/* ---- arithmetic ---- */

/* The value of a finite, not negative float16, by the format's definition. */
static double half_value(unsigned bits) {
  const int exponent = static_cast<int>(bits >> 10), mantissa = static_cast<int>(bits & 1023);
  return exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
}

static unsigned to_half(float value) { return __half_as_ushort(__float2half_rn(value)); }

/* What float16 a not negative float rounds to: the nearest, or of two as near the even one; 65536 stands for infinity. */
static unsigned nearest_half(float value) {
  unsigned below = 0, above = 0x7c00;
  while (above - below > 1) {
    const unsigned middle = (below + above) / 2;
    (half_value(middle) <= value ? below : above) = middle;
  }
  const double down = value - half_value(below), up = half_value(above) - value;
  return down < up || (down == up && below % 2 == 0) ? below : above;
}

static void check_half_of(float value) {
  const unsigned expected = nearest_half(value);
  CHECK(to_half(value) == expected);
  CHECK(to_half(-value) == (expected | 0x8000u));
}

static void check_halves() {
  for (unsigned bits = 0; bits < 0x10000; bits++) {
    const unsigned magnitude = bits & 0x7fff;
    const float value = __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
    if (magnitude > 0x7c00) {
      CHECK(std::isnan(value) && to_half(value) == 0x7fff);
      continue;
    }
    CHECK(std::fabs(value) == (magnitude == 0x7c00 ? INFINITY : half_value(magnitude)));
    CHECK(std::signbit(value) == (bits >= 0x8000) && to_half(value) == bits);
  }
  // Rounding changes only halfway between neighbours (the last being 65504 and what would be 65536).
  for (unsigned bits = 0; bits < 0x7c00; bits++) {
    const float middle = static_cast<float>((half_value(bits) + half_value(bits + 1)) / 2);
    for (float value : {std::nextafter(middle, 0.0f), middle, std::nextafter(middle, INFINITY)}) check_half_of(value);
  }
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += 4093) check_half_of(__uint_as_float(bits));
  CHECK(to_half(INFINITY) == 0x7c00 && to_half(-INFINITY) == 0xfc00 && to_half(-0.0f) == 0x8000);
  CHECK(to_half(3.0e38f) == 0x7c00 && to_half(__uint_as_float(0xff800001u)) == 0x7fff);
  const __half2 pair = __halves2half2(__float2half_rn(1), __float2half_rn(-2));
  CHECK(__half2float(__low2half(pair)) == 1 && __half2float(__high2half(pair)) == -2);
}

static void check_all_floats() {
  unsigned expected = 0;
  for (uint32_t bits = 0; bits < 0x7f800000u; bits++) {
    const float value = __uint_as_float(bits);
    for (; expected < 0x7c00; expected++) {
      const double down = value - half_value(expected), up = half_value(expected + 1) - value;
      if (down < up || (down == up && expected % 2 == 0)) break;
    }
    if (to_half(value) != expected || to_half(-value) != (expected | 0x8000u)) CHECK(to_half(value) == expected);
  }
  for (uint32_t bits = 0x7f800001u; bits < 0x80000000u; bits++) {
    if (to_half(__uint_as_float(bits)) != 0x7fff || to_half(__uint_as_float(bits | 0x80000000u)) != 0x7fff) CHECK(false);
  }
}

static void check_arithmetic() {
  CHECK(__umulhi(0xffffffffu, 0xffffffffu) == 0xfffffffeu && __umulhi(3, 5) == 0);
  CHECK(__brev(1) == 0x80000000u && __brev(0x12345678u) == 0x1e6a2c48u);
  CHECK(__float_as_int(-1.0f) == static_cast<int>(0xbf800000u) && __int_as_float(0x3f800000) == 1 && __float_as_uint(2.0f) == 0x40000000u);
  CHECK(min(-1, 1) == -1 && max(1u, 2u) == 2 && min(1.0f, 2.0f) == 1 && max(__uint_as_float(0x7fc00000u), 3.0f) == 3);
  CHECK(alignof(float4) == 16 && alignof(float2) == 8 && alignof(int4) == 16 && alignof(uint2) == 8 && sizeof(uint3) == 12);
}

/* ---- mistakes for the sanitizers to find ---- */

__global__ void race_block(float* output) {
  __shared__ float values[64];
  values[threadIdx.x] = static_cast<float>(threadIdx.x);
  output[threadIdx.x] = values[63 - threadIdx.x];  // no barrier before it
}

__global__ void race_warp(float* output) {
  __shared__ float values[64];
  values[threadIdx.x] = static_cast<float>(threadIdx.x);
  __syncwarp(threadIdx.x % 32 < 16 ? 0x0000ffffu : 0xffff0000u);
  output[threadIdx.x] = values[threadIdx.x ^ 16];  // of the other half
}

__global__ void race_shuffle(float* output) {
  __shared__ float values[64];
  values[threadIdx.x] = __shfl_xor_sync(0xffffffffu, static_cast<float>(threadIdx.x), 1);
  __shfl_xor_sync(0xffffffffu, 1, 1);
  output[threadIdx.x] = values[threadIdx.x ^ 1];  // a shuffle is no barrier
}

__global__ void overrun(float* output) { output[threadIdx.x + 1] = 0; }

static int run_mistake(const std::string& name) {
  const struct {
    const char* name;
    void (*kernel)(float*);
  } mistakes[] = {{"race-block", race_block}, {"race-warp", race_warp}, {"race-shuffle", race_shuffle}, {"overrun", overrun}};
  for (const auto& mistake : mistakes) {
    if (name != mistake.name) continue;
    DeviceArray<float> output(64);
    launch(mistake.name, mistake.kernel, 1, 64, nullptr, output);
    return 0;
  }
  fprintf(stderr, "There is no check named %s\n", name.c_str());
  return 2;
}

int main(int count, char** arguments) {
  if (count > 1 && std::string(arguments[1]) != "all-floats") return run_mistake(arguments[1]);
  if (count > 1) {
    check_all_floats();
  } else {
    for (const char* order : {"", "reversed"}) {
      const Setting setting("WHT_EMULATION_ORDER", order);
      check_indices();
      check_reverse<32>();
      check_reverse<100>();
      check_reverse<1024>();
      check_half_warps();
      check_shuffles();
      check_divergences();
      check_many_threads();
    }
    check_order();
    check_configurations();
    check_memory();
    check_devices();
    check_faults();
    check_events();
    check_halves();
    check_arithmetic();
  }
  if (failures == 0) printf("ok\n");
  return failures == 0 ? 0 : 1;
}
