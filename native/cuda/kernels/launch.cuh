/* Launching a kernel, on a GPU or in the emulation, which has no <<<>>>. */
#ifndef WHT_CUDA_KERNELS_LAUNCH_CUH
#define WHT_CUDA_KERNELS_LAUNCH_CUH

#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

namespace wht {
namespace cuda {

/** @param name what the emulation's messages call the kernel */
template <class... Parameters, class... Arguments>
cudaError_t launch(const char* name, void (*kernel)(Parameters...), uint32_t blocks, uint32_t threads, cudaStream_t stream,
                   const Arguments&... arguments) {
#if defined(WHT_CUDA_EMULATION)
  wht_emulation::launch(name, kernel, dim3(blocks), dim3(threads), stream, arguments...);
#else
  (void)name;
  // Its brackets would be taken for shifts.
  // clang-format off
  kernel<<<blocks, threads, 0, stream>>>(arguments...);
  // clang-format on
#endif
  return cudaGetLastError();
}

inline uint32_t ceil_divide(uint32_t a, uint32_t b) { return static_cast<uint32_t>((uint64_t{a} + b - 1) / b); }

/** Runs `run` with the compile-time constant that equals `points`, a power of two from Smallest to Largest. */
template <int Smallest, int Largest>
struct WithPoints {
  template <class Run>
  static cudaError_t call(int points, const Run& run) {
    if (points <= Smallest) return run(std::integral_constant<int, Smallest>());
    return WithPoints<Smallest * 2, Largest>::call(points, run);
  }
};

template <int Largest>
struct WithPoints<Largest, Largest> {
  template <class Run>
  static cudaError_t call(int, const Run& run) {
    return run(std::integral_constant<int, Largest>());
  }
};

}  // namespace cuda
}  // namespace wht

#endif
