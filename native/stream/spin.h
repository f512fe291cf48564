/* Waiting a little while before sleeping: work that follows soon is found without the cost of waking a thread. */
#ifndef WHT_STREAM_SPIN_H
#define WHT_STREAM_SPIN_H

#include <chrono>

namespace wht {

/** Waits until ready() holds, for 50 microseconds at most; returns whether it does. */
template <class Ready>
bool spin_until(const Ready& ready) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
  do {
    for (int i = 0; i < 32; i++) {
      if (ready()) return true;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
  } while (std::chrono::steady_clock::now() < deadline);
  return ready();
}

}  // namespace wht

#endif
