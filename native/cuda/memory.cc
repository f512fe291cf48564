#include "memory.h"

#include <algorithm>

#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

/* Sizes are rounded up, so that blocks fit again: by an eighth at most. */
size_t block_size(size_t bytes) {
  size_t step = 512;
  while (step * 16 < bytes) step *= 2;
  return std::max<size_t>(1, (bytes + step - 1) / step) * step;
}

}  // namespace

MemoryPool::~MemoryPool() { trim(); }

std::shared_ptr<void> MemoryPool::allocate(size_t bytes, Account account) {
  const size_t size = block_size(bytes);
  void* block = take(size);
  count(static_cast<int64_t>(bytes), account);
  // Where there is no memory for the owner itself, it gives the block back before it throws.
  return std::shared_ptr<void>(
      block, [pool = shared_from_this(), bytes, size, account](void* released) { pool->give_back(released, bytes, size, account); });
}

std::shared_ptr<void> MemoryPool::allocate_host_visible(size_t bytes, HostMemory kind) {
  check(cudaSetDevice(device_), "cudaSetDevice");
  const bool managed = kind == HostMemory::kManaged;
  const size_t size = std::max<size_t>(bytes, 1);
  void* block = nullptr;
  const auto allocated = [&] {
    return managed ? cudaMallocManaged(&block, size, cudaMemAttachHost) : cudaHostAlloc(&block, size, cudaHostAllocDefault);
  };
  if (allocated() != cudaSuccess) {
    cudaGetLastError();
    trim();
    check(allocated(), managed ? "cudaMallocManaged" : "cudaHostAlloc");
  }
  // On a GPU with memory of its own, the mirror is the host's memory, not the device's.
  const auto counted = static_cast<int64_t>(managed ? bytes : 0);
  count(counted, Account::kTensor);
  return std::shared_ptr<void>(block, [pool = shared_from_this(), counted, managed](void* released) {
    pool->count(-counted, Account::kTensor);
    if (managed) {
      cudaFree(released);
    } else {
      cudaFreeHost(released);
    }
  });
}

void MemoryPool::count(int64_t bytes, Account account) {
  std::lock_guard<std::mutex> lock(mutex_);
  (account == Account::kTensor ? use_.current : use_.workspace) += static_cast<uint64_t>(bytes);
  use_.peak = std::max(use_.peak, use_.current);
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
  check(cudaSetDevice(device_), "cudaSetDevice");
  void* block = nullptr;
  if (cudaMalloc(&block, size) == cudaSuccess) return block;
  cudaGetLastError();
  trim();
  const cudaError_t status = cudaMalloc(&block, size);
  if (status != cudaErrorMemoryAllocation) {
    check(status, "cudaMalloc");
    return block;
  }
  cudaGetLastError();
  size_t free = 0, total = 0;
  cudaMemGetInfo(&free, &total);
  throw BackendError(WHT_ERROR_OUT_OF_MEMORY, "The CUDA device has no memory left for " + std::to_string(size) + " bytes (" +
                                                  std::to_string(free) + " of " + std::to_string(total) + " bytes are free)");
}

void MemoryPool::give_back(void* block, size_t bytes, size_t size, Account account) {
  count(-static_cast<int64_t>(bytes), account);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (kept_bytes_ + size <= most_kept_) {
      try {
        kept_.emplace(size, block);
        kept_bytes_ += size;
        return;
      } catch (const std::bad_alloc&) {
        // Then it is not kept.
      }
    }
  }
  cudaSetDevice(device_);
  cudaFree(block);
}

void MemoryPool::trim() {
  std::multimap<size_t, void*> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(kept_);
    kept_bytes_ = 0;
  }
  cudaSetDevice(device_);
  // cudaFree waits for what the GPU is at, so work that uses a block is done when it goes.
  for (const auto& entry : dropped) cudaFree(entry.second);
}

}  // namespace cuda
}  // namespace wht
