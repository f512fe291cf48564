/* A tensor's memory: the GPU's, and where JavaScript is to see it, the host's. */
#ifndef WHT_CUDA_TENSOR_MEMORY_H
#define WHT_CUDA_TENSOR_MEMORY_H

#include <memory>

#include "execution.h"

namespace wht {
namespace cuda {

/**
 * Host-visible tensors are managed memory where GPU and CPU share theirs. A GPU that can't be interrupted by the CPU's accesses (a
 * Jetson's) owns such memory only while the stream works on this tensor; the CPU may touch it whenever the tensor is idle. On other GPUs
 * there are two copies: the host's is brought over before each use, and brought back after each change.
 */
class TensorMemory {
 public:
  TensorMemory(Execution& execution, size_t bytes, bool host_visible);
  /** Part of another's memory, which is not host-visible; keeps it alive. */
  TensorMemory(const TensorMemory& whole, size_t offset, size_t bytes);
  ~TensorMemory();
  TensorMemory(const TensorMemory&) = delete;
  TensorMemory& operator=(const TensorMemory&) = delete;

  void* device() const { return device_.get(); }
  /** NULL unless host-visible. */
  void* host() const { return host_.get(); }
  size_t bytes() const { return bytes_; }

  /* Around work on the queue's thread; nothing to do unless host-visible. */
  void before_reading(Execution& execution) const;
  void before_writing(Execution& execution) const;
  void after_reading(Execution& execution) const;
  void after_writing(Execution& execution) const;
  /** In the place of after_...() where the work between failed: the CPU may touch the memory again. */
  void after_failure(Execution& execution) const;

  /** Waits for the GPU, so that the memory may be freed: the system does not know of copies under way. */
  void settle(Execution& execution);

 private:
  enum class Host { kNone, kShared, kAttached, kMirror };

  void attach(Execution& execution, unsigned int to) const;

  const int device_index_;
  const size_t bytes_;
  Host kind_ = Host::kNone;
  bool settled_ = false;
  std::shared_ptr<void> device_, host_;
};

/** Runs `work` on tensors; input and output may be one, second_input may be NULL. On the queue's thread, as the next two. */
template <class Work>
void with_tensors(Execution& execution, const TensorMemory& input, const TensorMemory* second_input, const TensorMemory& output,
                  const Work& work) {
  const TensorMemory* second = second_input == &input ? nullptr : second_input;
  try {
    input.before_reading(execution);
    if (second != nullptr) second->before_reading(execution);
    if (&output != &input && &output != second) output.before_writing(execution);
    work();
    if (&output != &input) input.after_reading(execution);
    if (second != nullptr && second != &output) second->after_reading(execution);
    output.after_writing(execution);
  } catch (...) {
    for (const TensorMemory* memory : {&input, second, &output}) {
      if (memory != nullptr) memory->after_failure(execution);
    }
    throw;
  }
}

/** Runs `work`, which reads a tensor. */
template <class Work>
void with_reading(Execution& execution, const TensorMemory& input, const Work& work) {
  try {
    input.before_reading(execution);
    work();
    input.after_reading(execution);
  } catch (...) {
    input.after_failure(execution);
    throw;
  }
}

/** Runs `work`, which fills a tensor. */
template <class Work>
void with_output(Execution& execution, const TensorMemory& output, const Work& work) {
  try {
    output.before_writing(execution);
    work();
    output.after_writing(execution);
  } catch (...) {
    output.after_failure(execution);
    throw;
  }
}

}  // namespace cuda
}  // namespace wht

#endif
