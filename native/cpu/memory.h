/* Host memory for tensors, parameters and scratch: aligned, counted, and kept for a while after use. */
#ifndef WHT_CPU_MEMORY_H
#define WHT_CPU_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "../backend.h"

namespace wht {

/**
 * Gives out blocks and takes them back, from any thread. Freed blocks are kept for reuse up to a limit: fresh memory costs a page fault
 * for every 4 KB, which is more than a Walsh-Hadamard layer takes to fill it.
 */
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
 public:
  ~MemoryPool();

  /** What a block is counted as in wht_memory_use. */
  enum class Account { kTensor, kWorkspace };

  /** A block aligned to 64 bytes, which goes back to the pool with its last owner. Throws std::bad_alloc. */
  std::shared_ptr<void> allocate(size_t bytes, Account account = Account::kTensor);

  wht_memory_use use() const;

 private:
  void* take(size_t bytes);
  void give_back(void* block, size_t bytes, size_t size, Account account);
  void drop_kept();

  mutable std::mutex mutex_;
  std::multimap<size_t, void*> kept_;
  size_t kept_bytes_ = 0;
  wht_memory_use use_{0, 0, 0};
};

}  // namespace wht

#endif
