#include "memory.h"

#include <cstdlib>
#include <iterator>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace wht {
namespace {

constexpr size_t kKeptLimit = size_t{128} << 20;
constexpr size_t kHugePage = size_t{2} << 20;

/* Sizes are rounded up, so that blocks fit again: by an eighth at most, or to whole huge pages. */
size_t block_size(size_t bytes) {
  size_t step = 64;
  while (step * 16 < bytes) step *= 2;
  if (bytes >= kHugePage && step < kHugePage) step = kHugePage;
  return (bytes + step - 1) / step * step;
}

/*
 * Rows of a map are often 4 KB apart: with small pages, each would need an entry of its own in the TLB. Large blocks are mapped, not taken
 * from malloc, whose memory may have been used in small pages before, and would keep them.
 */
void* system_allocate(size_t size) {
#if defined(__linux__)
  if (size >= kHugePage) {
    const size_t mapped = size + kHugePage;
    void* region = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) return nullptr;
    char* start = static_cast<char*>(region);
    char* block = start + (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
    if (block > start) munmap(start, static_cast<size_t>(block - start));
    munmap(block + size, static_cast<size_t>(start + mapped - (block + size)));
    madvise(block, size, MADV_HUGEPAGE);
    return block;
  }
#endif
  void* block = nullptr;
  return posix_memalign(&block, 64, size) == 0 ? block : nullptr;
}

void system_free(void* block, size_t size) {
#if defined(__linux__)
  if (size >= kHugePage) {
    munmap(block, size);
    return;
  }
#endif
  (void)size;
  std::free(block);
}

}  // namespace

MemoryPool::~MemoryPool() { drop_kept(); }

std::shared_ptr<void> MemoryPool::allocate(size_t bytes, Account account) {
  if (bytes == 0) bytes = 1;
  const size_t size = block_size(bytes);
  void* block = take(size);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (account == Account::kTensor) {
      use_.current += bytes;
      if (use_.current > use_.peak) use_.peak = use_.current;
    } else {
      use_.workspace += bytes;
    }
  }
  auto self = shared_from_this();
  return std::shared_ptr<void>(block, [self, bytes, size, account](void* p) { self->give_back(p, bytes, size, account); });
}

wht_memory_use MemoryPool::use() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return use_;
}

void* MemoryPool::take(size_t size) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = kept_.find(size);
    if (found != kept_.end()) {
      void* block = found->second;
      kept_.erase(found);
      kept_bytes_ -= size;
      return block;
    }
  }
  void* block = system_allocate(size);
  if (block == nullptr) {
    drop_kept();
    block = system_allocate(size);
  }
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void MemoryPool::give_back(void* block, size_t bytes, size_t size, Account account) {
  std::lock_guard<std::mutex> lock(mutex_);
  (account == Account::kTensor ? use_.current : use_.workspace) -= bytes;
  if (size > kKeptLimit) return system_free(block, size);
  // The largest go first: sizes that are no longer used must not keep out those that are.
  while (kept_bytes_ + size > kKeptLimit) {
    const auto largest = std::prev(kept_.end());
    kept_bytes_ -= largest->first;
    system_free(largest->second, largest->first);
    kept_.erase(largest);
  }
  try {
    kept_.emplace(size, block);
    kept_bytes_ += size;
  } catch (const std::bad_alloc&) {
    system_free(block, size);
  }
}

void MemoryPool::drop_kept() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& entry : kept_) system_free(entry.second, entry.first);
  kept_.clear();
  kept_bytes_ = 0;
}

}  // namespace wht
