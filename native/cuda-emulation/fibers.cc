#include "fibers.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WHT_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define WHT_TSAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WHT_ASAN
#endif
#if defined(__SANITIZE_THREAD__)
#define WHT_TSAN
#endif

// Declared here and not by <sanitizer/*_interface.h>, which older compilers' packages lack in part.
extern "C" {
#if defined(WHT_ASAN)
void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom_old, size_t* size_old);
void __asan_unpoison_memory_region(const volatile void* address, size_t size);
#endif
#if defined(WHT_TSAN)
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_set_fiber_name(void* fiber, const char* name);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
#endif

/* Saves the registers that a call preserves, and the stack pointer in *from; goes on where `to` was saved. */
void wht_emulation_switch(void** from, void* to);
/* Where a new stack goes on: calls the saved function with the saved argument. */
void wht_emulation_start();
}

// Not swapcontext: it asks the system to save the signal mask at each switch, which takes longer than most kernels' threads.
#if defined(__x86_64__)
__asm__(R"(
.text
.p2align 4
.globl wht_emulation_switch
.hidden wht_emulation_switch
.type wht_emulation_switch, %function
wht_emulation_switch:
  .cfi_startproc
  endbr64
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
.size wht_emulation_switch, . - wht_emulation_switch

.p2align 4
.globl wht_emulation_start
.hidden wht_emulation_start
.type wht_emulation_start, %function
wht_emulation_start:
  .cfi_startproc
  .cfi_undefined rip
  endbr64
  movq %r12, %rdi
  xorl %ebp, %ebp
  call *%r13
  ud2
  .cfi_endproc
.size wht_emulation_start, . - wht_emulation_start
)");

static void* new_stack_pointer(char* top, void* function, void* argument) {
  void** frame = reinterpret_cast<void**>(top) - 9;  // 7 are popped, and the stack is aligned to 16 bytes
  memset(frame, 0, 9 * sizeof(void*));
  frame[2] = function;                                       // r13
  frame[3] = argument;                                       // r12
  frame[6] = reinterpret_cast<void*>(&wht_emulation_start);  // what the switch returns to
  return frame;
}

#elif defined(__aarch64__)
__asm__(R"(
.text
.p2align 4
.globl wht_emulation_switch
.hidden wht_emulation_switch
.type wht_emulation_switch, %function
wht_emulation_switch:
  .cfi_startproc
  hint #34
  stp x29, x30, [sp, #-160]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  ret
  .cfi_endproc
.size wht_emulation_switch, . - wht_emulation_switch

.p2align 4
.globl wht_emulation_start
.hidden wht_emulation_start
.type wht_emulation_start, %function
wht_emulation_start:
  .cfi_startproc
  .cfi_undefined x30
  hint #34
  mov x0, x19
  mov x29, xzr
  mov x30, xzr
  blr x20
  brk #1
  .cfi_endproc
.size wht_emulation_start, . - wht_emulation_start
)");

static void* new_stack_pointer(char* top, void* function, void* argument) {
  void** frame = reinterpret_cast<void**>(top) - 20;
  memset(frame, 0, 20 * sizeof(void*));
  frame[1] = reinterpret_cast<void*>(&wht_emulation_start);  // x30: what the switch returns to
  frame[2] = argument;                                       // x19
  frame[3] = function;                                       // x20
  return frame;
}

#else
#error "fibers are written for x86-64 and aarch64 only"
#endif

namespace wht_emulation {

#if defined(WHT_ASAN) || defined(WHT_TSAN)
static constexpr size_t kStackBytes = 256 * 1024;
#else
static constexpr size_t kStackBytes = 64 * 1024;
#endif

/* The thread that resumed the fiber which runs. */
struct Resumer {
  void* stack_pointer;
  void* fake_stack;
  const void* stack_bottom;
  size_t stack_bytes;
  void* tsan_fiber;
};
static Resumer resumer;

Fiber::Fiber(int number, void (*function)()) : number_(number), function_(function) {
  const size_t guard = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, guard + kStackBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<char*>(memory) + guard;
  if (mprotect(stack_, kStackBytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, guard + kStackBytes);
    throw std::bad_alloc();
  }
  prepare();
}

void Fiber::prepare() {
  // Stacks lie a power of two apart: without an offset the same frames of all of them would compete for one set of the cache.
  char* top = stack_ + kStackBytes - (number_ % 64) * 64;
  stack_pointer_ = new_stack_pointer(top, reinterpret_cast<void*>(&Fiber::run), this);
  fake_stack_ = nullptr;
#if defined(WHT_TSAN)
  char name[32] = "CUDA thread ";
  size_t length = strlen(name);
  for (int unit = 1000; unit > 0; unit /= 10) {
    if (unit == 1 || number_ >= unit) name[length++] = static_cast<char>('0' + number_ / unit % 10);
  }
  tsan_fiber_ = __tsan_create_fiber(0);
  __tsan_set_fiber_name(tsan_fiber_, name);
#endif
}

void Fiber::abandon() {
#if defined(WHT_ASAN)
  __asan_unpoison_memory_region(stack_, kStackBytes);
#endif
#if defined(WHT_TSAN)
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  prepare();
}

WHT_UNCHECKED_BY_TSAN void Fiber::run(Fiber* fiber) {
#if defined(WHT_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &resumer.stack_bottom, &resumer.stack_bytes);
#endif
  for (;;) {
    fiber->function_();
    fiber->suspend();
  }
}

WHT_UNCHECKED_BY_TSAN void Fiber::resume() {
#if defined(WHT_ASAN)
  __sanitizer_start_switch_fiber(&resumer.fake_stack, stack_, kStackBytes);
#endif
#if defined(WHT_TSAN)
  resumer.tsan_fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_fiber_, 1);  // 1: the switch orders nothing
#endif
  wht_emulation_switch(&resumer.stack_pointer, stack_pointer_);
#if defined(WHT_ASAN)
  __sanitizer_finish_switch_fiber(resumer.fake_stack, nullptr, nullptr);
#endif
}

WHT_UNCHECKED_BY_TSAN void Fiber::suspend() {
#if defined(WHT_ASAN)
  __sanitizer_start_switch_fiber(&fake_stack_, resumer.stack_bottom, resumer.stack_bytes);
#endif
#if defined(WHT_TSAN)
  __tsan_switch_to_fiber(resumer.tsan_fiber, 1);
#endif
  wht_emulation_switch(&stack_pointer_, resumer.stack_pointer);
#if defined(WHT_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack_, &resumer.stack_bottom, &resumer.stack_bytes);
#endif
}

WHT_UNCHECKED_BY_TSAN void publish(Cell* cell) {
#if defined(WHT_TSAN)
  __tsan_release(cell);
#else
  (void)cell;
#endif
}

WHT_UNCHECKED_BY_TSAN void observe(Cell* cell) {
#if defined(WHT_TSAN)
  __tsan_acquire(cell);
#else
  (void)cell;
#endif
}

}  // namespace wht_emulation
