/* The strided kernels for float32 tensors, a file of their own so that a small board's compiler has enough memory. */
#include "specialised.h"
#include "strided.cuh"

namespace wht {
namespace cuda {

cudaError_t launch_lanes_float(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                               const void* input, void* output) {
  return launch_lanes<float>(stream, points, mode, blocks, nonlinear, input, output);
}

}  // namespace cuda
}  // namespace wht
