/* The kernels of one instruction set. CMake compiles this file once for each, with its flags and its WHT_SIMD_ macros. */
#include "block_transform_kernel.h"
#include "depthwise_kernel.h"
#include "elementwise_kernels.h"
#include "gemm_kernel.h"
#include "map_kernels.h"

#define WHT_STRING_OF(name) #name
#define WHT_STRING(name) WHT_STRING_OF(name)

namespace wht {
namespace WHT_SIMD_NAMESPACE {

static void block_transform(const BlockTile& tile, float* scratch) {
  switch (tile.points) {
    case 1: return transform<1>(tile, scratch);
    case 2: return transform<2>(tile, scratch);
    case 4: return transform<4>(tile, scratch);
    default: return transform<8>(tile, scratch);
  }
}

extern const Kernels kernels;
const Kernels kernels = {
    WHT_STRING(WHT_SIMD_NAMESPACE),
    block_transform,
    kGemmRows,
    kGemmColumns,
    gemm,
    finish,
    depthwise,
    depthwise_plane,
    binary,
    mean_rows,
    mean,
    affine,
    spectral_threshold,
    pool,
    to_float,
    to_half,
};

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
