/* Device memory for tensors, parameters and scratch: counted, and kept for reuse, since cudaMalloc and cudaFree wait for the whole GPU. */
#ifndef WHT_CUDA_MEMORY_H
#define WHT_CUDA_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "../backend.h"

namespace wht {
namespace cuda {

/** Memory that host code can see. */
enum class HostMemory {
  kManaged, /* one memory for both, on a GPU that shares the host's */
  kPinned   /* the host's; the GPU copies from and to it */
};

/**
 * Gives out blocks and takes them back, from any thread. A block may be given back while the GPU still works on it: whoever has it next
 * uses it on the same CUDA stream, and so after that work.
 */
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
 public:
  /** @param most_kept bytes that may be kept for reuse: on a board that shares the host's memory, what is kept is missing elsewhere */
  MemoryPool(int device, size_t most_kept) : device_(device), most_kept_(most_kept) {}
  ~MemoryPool();

  /** What a block is counted as in wht_memory_use. */
  enum class Account { kTensor, kWorkspace };

  /** A block aligned to 256 bytes, which goes back to the pool with its last owner. Throws BackendError(WHT_ERROR_OUT_OF_MEMORY). */
  std::shared_ptr<void> allocate(size_t bytes, Account account = Account::kTensor);

  /** Counted as a tensor's, but not kept for reuse: the host may touch it at any time, whatever the stream does. Throws as allocate() does.
   */
  std::shared_ptr<void> allocate_host_visible(size_t bytes, HostMemory kind);

  wht_memory_use use() const;

  /** Gives what is kept back to the device, for whoever allocates past the pool. */
  void trim();

 private:
  void* take(size_t size);
  void give_back(void* block, size_t bytes, size_t size, Account account);
  void count(int64_t bytes, Account account);

  const int device_;
  const size_t most_kept_;
  mutable std::mutex mutex_;
  std::multimap<size_t, void*> kept_;
  size_t kept_bytes_ = 0;
  wht_memory_use use_{0, 0, 0};
};

}  // namespace cuda
}  // namespace wht

#endif
