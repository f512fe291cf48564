/* Threads that share the loops of one operation after the other. */
#ifndef WHT_CPU_THREAD_POOL_H
#define WHT_CPU_THREAD_POOL_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wht {

/**
 * `threads` threads, of which the one that calls `run` is the first. Not OpenMP: libgomp's static TLS keeps a library that is loaded late
 * from loading at all on aarch64.
 */
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /**
   * Calls work(begin, end, thread) for ranges that cover [0, count), of `grain` or fewer where there are other threads, handed out as
   * threads become free. Returns when all are done. `work` must not throw.
   */
  void run(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t, int)>& work);

 private:
  /* The gate's lowest bit, and what each worker inside adds to it. */
  static constexpr uint32_t kOpen = 1, kOneInside = 2;

  void work_as(int thread);
  /* Whether there is work to take part in; then it stays until the worker leaves. */
  bool enter();
  void take_ranges(int thread);

  std::vector<std::thread> workers_;
  const std::function<void(int64_t, int64_t, int)>* work_ = nullptr;
  int64_t count_ = 0, grain_ = 1;
  std::atomic<int64_t> next_{0};
  std::atomic<uint32_t> round_{0};  // counts calls of run: a change means new work
  std::atomic<uint32_t> gate_{0};   // whether workers may enter, and how many are inside
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace wht

#endif
