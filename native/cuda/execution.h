/* The CUDA stream of one device, and what operations need beside it. */
#ifndef WHT_CUDA_EXECUTION_H
#define WHT_CUDA_EXECUTION_H

#include <cuda_runtime_api.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../stream/stream.h"
#include "memory.h"

namespace wht {
namespace cuda {

class CudnnHandle;

/** How a convolution of one kind and shape is computed. */
struct ConvolutionChoice {
  wht_layout layout; /* that it is computed in */
  int algorithm;
  bool fused;
  size_t workspace;
};
/** A convolution's numbers and its input's. */
using ConvolutionKind = std::array<int64_t, 15>;

/**
 * Work is issued to the GPU by the thread of `queue` alone, which runs a little ahead of it. Everything is on one CUDA stream, so that
 * memory may be reused as soon as its last user has been issued.
 */
class Execution {
 public:
  Execution(int device, Stream& queue);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  int device() const { return device_; }
  cudaStream_t stream() const { return stream_; }
  const std::shared_ptr<MemoryPool>& memory() const { return memory_; }

  /** Makes the device the calling thread's. */
  void use() const;

  /** Device memory holding a copy of the values, once the queue has come so far. From any thread; the values are copied at once. */
  std::shared_ptr<void> upload(const void* values, size_t bytes);

  /* The following are for the queue's thread. */

  /** Scratch memory, which may be given up as soon as the work on it has been issued. */
  std::shared_ptr<void> workspace(size_t bytes) { return memory_->allocate(bytes, MemoryPool::Account::kWorkspace); }
  /** Copies from the device and waits. */
  void download(const void* memory, void* values, size_t bytes);
  /** Copies to the device what `owner` keeps: the host's memory may be read until all that has been issued is done. */
  void copy_from_host(void* target, std::shared_ptr<const void> owner, const void* values, size_t bytes);
  /** Notes that an operation is issued, for the message of a failure that only shows later. */
  void issued(const char* name);
  /** Waits for all that has been issued. Throws BackendError with the GPU's failure. */
  void wait();
  /** The operations issued since the last wait, among which one must have failed, e.g. "copy' or 'binary". */
  std::string names_issued() const;

  /** cuDNN's handle for the stream. The first convolution that is prepared makes it, the queue's thread uses it; it goes before the stream.
   */
  std::shared_ptr<CudnnHandle> cudnn;

  /** What was found the fastest, for the queue's thread: a network has many convolutions alike, and with other weights gives what it gave.
   */
  std::map<ConvolutionKind, ConvolutionChoice> convolution_choices;

 private:
  const int device_;
  Stream& queue_;
  const std::shared_ptr<MemoryPool> memory_;
  cudaStream_t stream_ = nullptr;
  std::vector<std::string> issued_; /* each name once */
  std::vector<std::shared_ptr<const void>> sources_;
  size_t source_bytes_ = 0;
};

}  // namespace cuda
}  // namespace wht

#endif
