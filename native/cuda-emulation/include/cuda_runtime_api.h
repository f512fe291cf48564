/* CUDA's runtime API where there is no CUDA: the emulated one is a single header. */
#ifndef WHT_CUDA_EMULATION_CUDA_RUNTIME_API_H
#define WHT_CUDA_EMULATION_CUDA_RUNTIME_API_H

#include "cuda_runtime.h"

#endif
