/* Where an element belongs, without dividing by what only the host knows. */
#ifndef WHT_CUDA_KERNELS_INDEXING_CUH
#define WHT_CUDA_KERNELS_INDEXING_CUH

#include "plan.h"
#include "storage.cuh"

namespace wht {
namespace cuda {

/* Takes the innermost coordinate, of `size` values, off an index. */
__device__ __forceinline__ int32_t take(uint32_t& index, const Divider& size) {
  const uint32_t rest = size.quotient(index), taken = index - rest * size.divisor;
  index = rest;
  return taken;
}

/* Runs of neighbouring elements share one of `length` parameters, which come round again and again: channels, or the points of planes. */
struct Cycle {
  Divider run;
  Divider length;

  __device__ __forceinline__ uint32_t of(uint32_t at) const {
    uint32_t runs = run.quotient(at);
    return take(runs, length);
  }
};

/* A tensor's channels. */
inline Cycle channel_cycle(wht_layout layout, uint32_t positions, uint32_t channels) {
  return Cycle{make_divider(layout == WHT_NCHW ? positions : 1), make_divider(channels)};
}

/* How many neighbouring elements one thread may take: 4 where none of its vectors crosses from one run to another, or, in runs of one, from
 * the last parameter to the first. */
inline int vector_width(const Cycle& cycle) { return (cycle.run.divisor == 1 ? cycle.length : cycle.run).divisor % 4 == 0 ? 4 : 1; }

/* The parameters of V neighbouring elements, the first of which has parameter `first`; see vector_width. */
template <int V, class Parameter>
__device__ __forceinline__ void load_parameters(const Cycle& cycle, const Parameter* parameters, uint32_t first, Parameter* values) {
  const bool each = cycle.run.divisor == 1;
#pragma unroll
  for (int i = 0; i < V; i++) values[i] = parameters[first + (each ? i : 0)];
}

}  // namespace cuda
}  // namespace wht

#endif
