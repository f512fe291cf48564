/* The specialised kernels' launchers, one for each type of storage; plan.h's choose among them. */
#ifndef WHT_CUDA_KERNELS_SPECIALISED_H
#define WHT_CUDA_KERNELS_SPECIALISED_H

#include "plan.h"

namespace wht {
namespace cuda {

cudaError_t launch_dense_float(cudaStream_t stream, int points, Mode mode, uint32_t rows, uint32_t spectra, const Nonlinearity& nonlinear,
                               const void* input, void* output);
cudaError_t launch_dense_half(cudaStream_t stream, int points, Mode mode, uint32_t rows, uint32_t spectra, const Nonlinearity& nonlinear,
                              const void* input, void* output);
cudaError_t launch_blocks_float(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                                const void* input, void* output);
cudaError_t launch_blocks_half(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                               const void* input, void* output);
cudaError_t launch_lanes_float(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                               const void* input, void* output);
cudaError_t launch_lanes_half(cudaStream_t stream, int points, Mode mode, const Blocks& blocks, const Nonlinearity& nonlinear,
                              const void* input, void* output);

}  // namespace cuda
}  // namespace wht

#endif
