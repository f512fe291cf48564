/* What the CUDA device runs: prepared operations, and what they run with. */
#ifndef WHT_CUDA_OPERATION_H
#define WHT_CUDA_OPERATION_H

#include <memory>

#include "../backend.h"
#include "execution.h"

namespace wht {
namespace cuda {

class Operation {
 public:
  virtual ~Operation() = default;
  /** Named in errors. */
  virtual const char* name() const = 0;
  /** Device memory that the parameters take. */
  virtual int64_t parameter_bytes() const { return 0; }
  /** A convolution's, as they were given; bias may be NULL. On the stream's thread. */
  virtual void parameters(Execution& /*execution*/, float* /*kernel*/, float* /*bias*/) const {}
  /** Times a convolution's algorithms for this shape; returns how many entries it wrote. On the stream's thread. */
  virtual int32_t algorithms(Execution& /*execution*/, const wht_shape& /*shape*/, wht_algorithm* /*table*/, int32_t /*capacity*/) const {
    return 0;
  }
  /** Issues the work, on the stream's thread; throws BackendError where that fails. */
  virtual void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const = 0;
};

using OperationPointer = std::shared_ptr<const Operation>;

OperationPointer make_block_transform(const wht_block_transform& description, Execution& execution);
/** Throws BackendError(WHT_ERROR_NO_LIBRARY) where cuDNN can't be loaded, unless the convolution is depthwise. */
OperationPointer make_convolution(const wht_convolution& description, Execution& execution);
OperationPointer make_spectral_threshold(const wht_spectral_threshold& description, Execution& execution);
OperationPointer make_affine(const wht_affine& description, Execution& execution);
OperationPointer make_pool(const wht_pool& description);
OperationPointer make_crop_or_pad(const wht_crop_or_pad& description);
OperationPointer make_global_average_pool(const wht_global_average_pool& description);
OperationPointer make_binary(const wht_binary& description);
OperationPointer make_copy(const wht_copy& description);

inline int64_t element_size(wht_dtype dtype) { return dtype == WHT_FLOAT16 ? 2 : 4; }
inline int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace cuda
}  // namespace wht

#endif
