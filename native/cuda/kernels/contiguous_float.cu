/* The contiguous kernels for float32 tensors, a file of their own so that a small board's compiler has enough memory. */
#include "contiguous.cuh"
#include "specialised.h"

namespace wht {
namespace cuda {

cudaError_t launch_dense_float(cudaStream_t stream, int points, Mode mode, uint32_t rows, uint32_t spectra, const Nonlinearity& nonlinear,
                               const void* input, void* output) {
  return launch_dense<float>(stream, points, mode, rows, spectra, nonlinear, input, output);
}

cudaError_t launch_blocks_float(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                                const void* input, void* output) {
  return launch_blocks<float>(stream, points, mode, blocks, nonlinear, input, output);
}

}  // namespace cuda
}  // namespace wht
