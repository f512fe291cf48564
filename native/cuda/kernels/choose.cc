/* plan.h's launchers, each for the type of storage that is asked for. */
#include "plan.h"
#include "specialised.h"

namespace wht {
namespace cuda {

cudaError_t launch_contiguous_dense(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, uint32_t rows, uint32_t spectra,
                                    const Nonlinearity& nonlinearity, const void* input, void* output) {
  const auto launch = dtype == WHT_FLOAT16 ? launch_dense_half : launch_dense_float;
  return launch(stream, points, mode, rows, spectra, nonlinearity, input, output);
}

cudaError_t launch_contiguous_blocks(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, const Blocks& blocks,
                                     const Nonlinearity& nonlinearity, const void* input, void* output) {
  const auto launch = dtype == WHT_FLOAT16 ? launch_blocks_half : launch_blocks_float;
  return launch(stream, points, mode, blocks, nonlinearity, input, output);
}

cudaError_t launch_strided(cudaStream_t stream, wht_dtype dtype, int points, Mode mode, const Blocks& blocks,
                           const Nonlinearity& nonlinearity, const void* input, void* output) {
  const auto launch = dtype == WHT_FLOAT16 ? launch_lanes_half : launch_lanes_float;
  return launch(stream, points, mode, blocks, nonlinearity, input, output);
}

}  // namespace cuda
}  // namespace wht
