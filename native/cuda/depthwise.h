/* Depthwise convolution by a kernel of our own: what cuDNN's algorithms are set against, and what there is without cuDNN. */
#ifndef WHT_CUDA_DEPTHWISE_H
#define WHT_CUDA_DEPTHWISE_H

#include <memory>

#include "../backend.h"
#include "execution.h"
#include "operation.h"

namespace wht {
namespace cuda {

/** Whether each channel has a kernel of its own, and one output. */
inline bool is_depthwise(const wht_convolution& d) { return d.groups == d.in_channels && d.groups == d.out_channels; }

/**
 * A depthwise convolution's parameters as our kernel wants them: float32 whatever the tensors' dtype, since they are few, with the scale in
 * them. Sums are in float32, and NaN comes out where it goes in.
 */
class Depthwise {
 public:
  Depthwise(const wht_convolution& description, Execution& execution);

  /** Device memory that the parameters take. */
  int64_t parameter_bytes() const;
  /** Issues the work; returns the launch's status. On the stream's thread. */
  cudaError_t launch(Execution& execution, const wht_shape& shape, const void* input, void* output) const;

 private:
  wht_convolution d_;
  std::shared_ptr<void> kernel_, bias_; /* bias_ is NULL where there is none */
};

/** A depthwise convolution that needs no cuDNN. */
OperationPointer make_depthwise_convolution(const wht_convolution& description, Execution& execution);

}  // namespace cuda
}  // namespace wht

#endif
