/* The CUDA runtime's failures as exceptions, and its devices. */
#ifndef WHT_CUDA_RUNTIME_H
#define WHT_CUDA_RUNTIME_H

#include <cuda_runtime_api.h>

#include <string>

#include "../backend.h"
#include "../stream/stream.h"

namespace wht {
namespace cuda {

/** Throws BackendError unless the call succeeded: WHT_ERROR_OUT_OF_MEMORY where memory was refused, else WHT_ERROR_EXECUTION. */
void check(cudaError_t status, const char* call);

/** How many GPUs there are; throws BackendError(WHT_ERROR_NO_DEVICE) that says why where there are none. */
int count_devices();

/** What is known of a GPU without starting it. Throws BackendError(WHT_ERROR_NO_DEVICE) where this library has no code for it. */
wht_device_info describe_device(int index);

/** Makes the GPU the calling thread's and starts it, which takes a while the first time. Throws BackendError(WHT_ERROR_NO_DEVICE). */
void start_device(int index);

/** What can be said of versions: "12.6". */
std::string version_text(int version);

}  // namespace cuda
}  // namespace wht

#endif
