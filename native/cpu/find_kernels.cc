/* Chooses the kernels for the processor that this runs on. */
#include <cstring>

#include "kernels.h"

namespace wht {

#define WHT_DECLARE(name)       \
  namespace name {              \
  extern const Kernels kernels; \
  }
WHT_DECLARE(portable)
#if defined(__x86_64__)
WHT_DECLARE(avx2)
WHT_DECLARE(avx512)
#elif defined(__aarch64__)
WHT_DECLARE(neon)
#endif
#undef WHT_DECLARE

namespace {

#if defined(__x86_64__)
bool has_avx2() {
  // Every processor with AVX2 and FMA has F16C, which older compilers can't ask for.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool has_avx512() {
#if defined(WHT_EMULATE_AVX512)
  return has_avx2();
#else
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
#endif
}
#endif

}  // namespace

const Kernels* find_kernels(const char* name) {
  struct Candidate {
    const Kernels* kernels;
    bool usable;
  };
  // Widest first.
  const Candidate candidates[] = {
#if defined(__x86_64__)
    {&avx512::kernels, has_avx512()},
    {&avx2::kernels, has_avx2()},
#elif defined(__aarch64__)
    {&neon::kernels, true},
#endif
    {&portable::kernels, true},
  };
  for (const Candidate& candidate : candidates) {
    if (candidate.usable && (name[0] == '\0' || std::strcmp(name, candidate.kernels->name) == 0)) return candidate.kernels;
  }
  return nullptr;
}

}  // namespace wht
