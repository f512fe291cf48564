/* What the CPU device runs: prepared operations, and what they run with. */
#ifndef WHT_CPU_OPERATION_H
#define WHT_CPU_OPERATION_H

#include <memory>

#include "kernels.h"
#include "memory.h"
#include "thread_pool.h"

namespace wht {

/** What an operation may use while it runs, on the stream's thread. */
class Execution {
 public:
  Execution(const Kernels& kernels, int threads, std::shared_ptr<MemoryPool> memory)
      : kernels(kernels), pool(threads), memory_(std::move(memory)) {}

  const Kernels& kernels;
  ThreadPool pool;

  /** Memory for each thread of the pool: thread i's starts at floats * i. Kept for the next operation. Throws std::bad_alloc. */
  float* scratch(int64_t floats_per_thread);

 private:
  std::shared_ptr<MemoryPool> memory_;
  std::shared_ptr<void> scratch_;
  int64_t scratch_floats_ = 0;
};

class Operation {
 public:
  virtual ~Operation() = default;
  /** Named in errors. */
  virtual const char* name() const = 0;
  /** Memory that the parameters take. */
  virtual int64_t parameter_bytes() const { return 0; }
  /** A convolution's, as they were given; bias may be NULL. */
  virtual void parameters(float* /*kernel*/, float* /*bias*/) const {}
  virtual void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const = 0;
};

using OperationPointer = std::shared_ptr<const Operation>;

OperationPointer make_block_transform(const wht_block_transform& description, MemoryPool& memory);
OperationPointer make_convolution(const wht_convolution& description, const Kernels& kernels, MemoryPool& memory);
OperationPointer make_spectral_threshold(const wht_spectral_threshold& description, MemoryPool& memory);
OperationPointer make_affine(const wht_affine& description, MemoryPool& memory);
OperationPointer make_pool(const wht_pool& description);
OperationPointer make_crop_or_pad(const wht_crop_or_pad& description);
OperationPointer make_global_average_pool(const wht_global_average_pool& description);
OperationPointer make_binary(const wht_binary& description);
OperationPointer make_copy(const wht_copy& description);

/* Elements that a thread takes at once where each costs about its memory access: enough to hide the taking, few enough to share evenly. */
constexpr int64_t kGrain = 16384;

inline int64_t element_size(wht_dtype dtype) { return dtype == WHT_FLOAT16 ? 2 : 4; }
inline int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace wht

#endif
