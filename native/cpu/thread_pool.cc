#include "thread_pool.h"

#include "../stream/spin.h"

namespace wht {

ThreadPool::ThreadPool(int threads) {
  workers_.reserve(static_cast<size_t>(threads - 1));
  try {
    for (int thread = 1; thread < threads; thread++) workers_.emplace_back([this, thread] { work_as(thread); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those there are do the work.
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::run(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t, int)>& work) {
  if (workers_.empty() || count <= grain) {
    if (count > 0) work(0, count, 0);
    return;
  }
  work_ = &work;
  count_ = count;
  grain_ = grain;
  next_ = 0;
  gate_.store(kOpen, std::memory_order_release);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    round_++;
  }
  wake_.notify_all();
  take_ranges(0);
  // Nothing is left to take: a worker that has not come yet is not waited for, since on a busy machine that would be long.
  gate_.fetch_and(~kOpen, std::memory_order_relaxed);
  const auto done = [this] { return gate_.load(std::memory_order_acquire) == 0; };
  while (!spin_until(done)) std::this_thread::yield();
}

void ThreadPool::work_as(int thread) {
  uint32_t seen = 0;
  for (;;) {
    const auto changed = [&] { return round_.load(std::memory_order_acquire) != seen || stopping_.load(std::memory_order_relaxed); };
    if (!spin_until(changed)) {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, changed);
    }
    if (stopping_) return;
    seen = round_.load(std::memory_order_acquire);
    if (!enter()) continue;
    take_ranges(thread);
    gate_.fetch_sub(kOneInside, std::memory_order_release);
  }
}

bool ThreadPool::enter() {
  uint32_t gate = gate_.load(std::memory_order_relaxed);
  while ((gate & kOpen) != 0) {
    // Once inside, the work can't change; it may be a later round's than the one that was seen, and is as good.
    if (gate_.compare_exchange_weak(gate, gate + kOneInside, std::memory_order_acquire, std::memory_order_relaxed)) return true;
  }
  return false;
}

void ThreadPool::take_ranges(int thread) {
  for (;;) {
    const int64_t begin = next_.fetch_add(grain_, std::memory_order_relaxed);
    if (begin >= count_) return;
    const int64_t end = begin + grain_ < count_ ? begin + grain_ : count_;
    (*work_)(begin, end, thread);
  }
}

}  // namespace wht
