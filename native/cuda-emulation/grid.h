/* Running a kernel's grid, block after block. */
#ifndef WHT_CUDA_EMULATION_GRID_H
#define WHT_CUDA_EMULATION_GRID_H

#include "include/cuda_runtime.h"

namespace wht_emulation {

constexpr int kMaxBlockThreads = 1024;

/* A launch: `thread` runs one thread of the kernel. */
struct Grid {
  const char* name;
  dim3 blocks, threads;
  void (*thread)(const void* kernel);
  const void* kernel;
  bool reversed; /* blocks, and the threads of a block, take turns from the last to the first */
};

/** cudaErrorLaunchFailure where threads wait for each other in vain, which is also said on stderr. One grid at a time. */
cudaError_t run_grid(const Grid& grid);

}  // namespace wht_emulation

#endif
