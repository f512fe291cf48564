/* Fibers: pieces of work with a stack each, which one thread of the system runs in turns. A CUDA thread is one. */
#ifndef WHT_CUDA_EMULATION_FIBERS_H
#define WHT_CUDA_EMULATION_FIBERS_H

#include <stddef.h>

/*
 * ThreadSanitizer sees each fiber as a thread, but not what the emulator does on its behalf: only kernels are checked, and only what a
 * kernel's barriers order counts as ordered.
 */
#define WHT_UNCHECKED_BY_TSAN __attribute__((no_sanitize_thread))

namespace wht_emulation {

/** Runs one function again and again. Only one thread at a time may run fibers, but each `resume` may come from another thread. */
class Fiber {
 public:
  /** Throws std::bad_alloc. A fiber is never destroyed. */
  Fiber(int number, void (*function)());
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /** Runs the function, or goes on with it, until it suspends or returns. The next call after its return starts it again. */
  void resume();

  /** Called by the function: returns from `resume`, and itself returns at the next one. */
  void suspend();

  /** Drops what the function is in the middle of, without unwinding. */
  void abandon();

 private:
  static void run(Fiber* fiber);
  void prepare();

  const int number_;
  void (*const function_)();
  char* stack_ = nullptr;
  void* stack_pointer_ = nullptr;  // of the fiber while it is suspended
  void* fake_stack_ = nullptr;     // AddressSanitizer's
  void* tsan_fiber_ = nullptr;
};

/** What happened before `publish` is ordered before what happens after `observe` of the same cell. For ThreadSanitizer; else nothing. */
struct Cell {
  alignas(8) char bytes[8];
};
void publish(Cell* cell);
void observe(Cell* cell);

}  // namespace wht_emulation

#endif
