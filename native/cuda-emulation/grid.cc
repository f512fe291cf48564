/*
 * The threads of a block take turns: each runs until a barrier that is not complete, or its end. Whoever completes a barrier makes those
 * that wait there ready. When nobody is ready and not all have ended, the barrier is divergent.
 *
 * To ThreadSanitizer, a block's threads are ordered by their barriers only; a grid's blocks, which share threads and the storage of
 * __shared__ variables, one after the other. So races between blocks are not found. A shuffle orders nothing.
 */
#include "grid.h"

#include <stdio.h>

#include <new>

#include "fibers.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace wht_emulation {

static constexpr int kMaxWarps = kMaxBlockThreads / 32;

enum class State : uint8_t { kReady, kWaiting, kDone };

/* What a thread waits at. The threads of one barrier must all agree. */
struct Barrier {
  const char* function;
  unsigned mask; /* of lanes; 0 for the whole block */
  Site site;

  WHT_UNCHECKED_BY_TSAN bool operator==(const Barrier& other) const {
    return function == other.function && mask == other.mask && site.line == other.site.line &&
           (site.file == other.site.file || strcmp(site.file, other.site.file) == 0);
  }
};

struct Thread {
  Fiber* fiber; /* made when first needed, and kept */
  uint3 index;
  State state;
  Barrier barrier;
  Cell* cell; /* by which the barrier orders its threads */
  int number;
  int source;             /* the lane that it reads in a shuffle */
  uint32_t value, result; /* what it gives in a shuffle, and what it gets */
};

/* Each barrier has another cell: a thread that is early at the next one must tell nothing to one that is still to leave the last. */
class Cells {
 public:
  WHT_UNCHECKED_BY_TSAN Cell* next() {
    next_ = (next_ + 1) % kCount;
    return &cells_[next_];
  }

 private:
  static constexpr unsigned kCount = 64;
  Cell cells_[kCount];
  unsigned next_;
};

struct Warp {
  unsigned lanes;   /* that exist */
  unsigned waiting; /* at a barrier of the warp */
  Cells cells;
};

struct Block {
  const Grid* grid;
  int thread_count, warp_count;
  int waiting; /* at a barrier of the block */
  Cell* cell;  /* of the barrier of the block that is to come */
  bool failed;
  Thread* running;
  Thread threads[kMaxBlockThreads];
  Warp warps[kMaxWarps];
  Cells cells;
  Cell begin, end;
};
static Block block;

static const char kSyncThreads[] = "__syncthreads", kSyncWarp[] = "__syncwarp", kShuffleXor[] = "__shfl_xor_sync";

/* ---- divergent barriers ---- */

static void print_thread(const Thread& thread) { fprintf(stderr, "thread (%u, %u, %u)", thread.index.x, thread.index.y, thread.index.z); }

static void print_barrier(const Barrier& barrier) {
  fprintf(stderr, "%s at %s:%d", barrier.function, barrier.site.file, barrier.site.line);
  if (barrier.mask != 0) fprintf(stderr, " with mask 0x%08x", barrier.mask);
}

static void print_start() {
  fprintf(stderr, "divergent barrier in kernel %s: block (%u, %u, %u), ", block.grid->name, blockIdx.x, blockIdx.y, blockIdx.z);
}

/* Whether `thread` takes part in the barrier at which `waiting` waits. */
static bool takes_part(const Thread& thread, const Thread& waiting) {
  if (waiting.barrier.mask == 0) return true;
  return thread.number / 32 == waiting.number / 32 && ((waiting.barrier.mask >> (thread.number % 32)) & 1u) != 0;
}

/* Says for one thread that waits in vain, and one that it waits for, where they are. */
WHT_UNCHECKED_BY_TSAN static void report_divergence() {
  for (int i = 0; i < block.thread_count; i++) {
    const Thread& waiting = block.threads[i];
    if (waiting.state != State::kWaiting) continue;
    for (int k = 0; k < block.thread_count; k++) {
      const Thread& missing = block.threads[k];
      if (!takes_part(missing, waiting) || (missing.state == State::kWaiting && missing.barrier == waiting.barrier)) continue;
      print_start();
      print_thread(waiting);
      fprintf(stderr, " waits in ");
      print_barrier(waiting.barrier);
      fprintf(stderr, ", but ");
      print_thread(missing);
      if (missing.state == State::kDone) {
        fprintf(stderr, " has exited\n");
      } else {
        fprintf(stderr, " waits in ");
        print_barrier(missing.barrier);
        fprintf(stderr, "\n");
      }
      return;
    }
  }
}

/* ---- barriers ---- */

/* Returns when the barrier is complete; never, where that can't be. */
WHT_UNCHECKED_BY_TSAN static void wait_until_ready(Thread& self) {
  while (self.state == State::kWaiting) {
    publish(&block.end);  // for a barrier that is never complete
    self.fiber->suspend();
  }
}

WHT_UNCHECKED_BY_TSAN void wait_for_block(Site site) {
  Thread& self = *block.running;
  self.state = State::kWaiting;
  self.barrier = Barrier{kSyncThreads, 0, site};
  self.cell = block.cell;
  publish(self.cell);
  block.waiting++;
  if (block.waiting == block.thread_count) {
    bool complete = true;
    for (int i = 0; i < block.thread_count; i++) complete = complete && block.threads[i].barrier == self.barrier;
    if (complete) {
      for (int i = 0; i < block.thread_count; i++) block.threads[i].state = State::kReady;
      block.waiting = 0;
      block.cell = block.cells.next();
    }
  }
  wait_until_ready(self);
  observe(self.cell);
}

/* Waits for the lanes in `mask`. When all are there, each is given what it reads of another. */
WHT_UNCHECKED_BY_TSAN static void meet_lanes(Thread& self, const char* function, unsigned mask, Site site) {
  Warp& warp = block.warps[self.number / 32];
  Thread* lanes = block.threads + self.number / 32 * 32;
  const int lane = self.number % 32;
  self.state = State::kWaiting;
  self.barrier = Barrier{function, mask, site};
  if (((mask >> lane) & 1u) == 0) {
    print_start();
    print_thread(self);
    fprintf(stderr, " is not in the mask of ");
    print_barrier(self.barrier);
    fprintf(stderr, "\n");
    block.failed = true;
    wait_until_ready(self);
  }
  mask &= warp.lanes;
  self.cell = nullptr;
  for (unsigned rest = warp.waiting & mask; rest != 0 && self.cell == nullptr; rest &= rest - 1) {
    const Thread& other = lanes[__builtin_ctz(rest)];
    if (other.barrier == self.barrier) self.cell = other.cell;
  }
  if (self.cell == nullptr) self.cell = warp.cells.next();
  if (function == kSyncWarp) publish(self.cell);
  warp.waiting |= 1u << lane;
  if ((warp.waiting & mask) == mask) {
    bool complete = true;
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) complete = complete && lanes[__builtin_ctz(rest)].barrier == self.barrier;
    if (complete) {
      for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        Thread& other = lanes[__builtin_ctz(rest)];
        // What a lane gives that takes no part is undefined: a NaN.
        other.result = ((mask >> other.source) & 1u) != 0 ? lanes[other.source].value : 0xffffffffu;
        other.state = State::kReady;
      }
      warp.waiting &= ~mask;
    }
  }
  wait_until_ready(self);
  if (function == kSyncWarp) observe(self.cell);
}

WHT_UNCHECKED_BY_TSAN void wait_for_warp(unsigned mask, Site site) {
  Thread& self = *block.running;
  self.source = self.number % 32;
  meet_lanes(self, kSyncWarp, mask, site);
}

WHT_UNCHECKED_BY_TSAN uint32_t shuffle_xor(unsigned mask, uint32_t bits, int lane_mask, int width, Site site) {
  Thread& self = *block.running;
  // As the PTX manual has it: of a warp in groups of `width` lanes, a lane of an earlier group can be read, one of a later group can't.
  const int lane = self.number % 32, last = lane | (width - 1), source = lane ^ (lane_mask & 31);
  self.value = bits;
  self.source = source <= last ? source : lane;
  meet_lanes(self, kShuffleXor, mask, site);
  return self.result;
}

/* ---- blocks ---- */

/* What a fiber runs. */
WHT_UNCHECKED_BY_TSAN static void run_thread() {
  Thread& self = *block.running;
  observe(&block.begin);
  block.grid->thread(block.grid->kernel);
  publish(&block.end);
  self.state = State::kDone;
}

/* Gives each thread that is ready a turn. False where none was. */
WHT_UNCHECKED_BY_TSAN static bool run_warp(int warp) {
  const int first = warp * 32, count = block.thread_count - first < 32 ? block.thread_count - first : 32;
  bool any = false;
  for (int i = 0; i < count && !block.failed; i++) {
    Thread& thread = block.threads[first + (block.grid->reversed ? count - 1 - i : i)];
    if (thread.state != State::kReady) continue;
    any = true;
    block.running = &thread;
    threadIdx = thread.index;
    thread.fiber->resume();
  }
  return any && !block.failed;
}

/* False where a barrier was divergent. */
WHT_UNCHECKED_BY_TSAN static bool run_block() {
  block.waiting = 0;
  block.cell = block.cells.next();
  block.failed = false;
  for (int i = 0; i < block.thread_count; i++) block.threads[i].state = State::kReady;
  for (int i = 0; i < block.warp_count; i++) block.warps[i].waiting = 0;
  publish(&block.begin);
  for (bool any = true; any;) {
    any = false;
    for (int i = 0; i < block.warp_count; i++) {
      while (run_warp(block.grid->reversed ? block.warp_count - 1 - i : i)) any = true;
    }
  }
  observe(&block.end);

  bool done = true;
  for (int i = 0; i < block.thread_count; i++) done = done && block.threads[i].state == State::kDone;
  if (done) return true;
  if (!block.failed) report_divergence();
  for (int i = 0; i < block.thread_count; i++) {
    if (block.threads[i].state != State::kDone) block.threads[i].fiber->abandon();
  }
  return false;
}

WHT_UNCHECKED_BY_TSAN static void prepare_block(const Grid& grid) {
  block.grid = &grid;
  block.thread_count = static_cast<int>(grid.threads.x * grid.threads.y * grid.threads.z);
  block.warp_count = (block.thread_count + 31) / 32;
  for (int i = 0; i < block.thread_count; i++) {
    Thread& thread = block.threads[i];
    if (thread.fiber == nullptr) thread.fiber = new Fiber(i, run_thread);
    thread.number = i;
    const unsigned n = static_cast<unsigned>(i), row = n / grid.threads.x;
    thread.index = make_uint3(n % grid.threads.x, row % grid.threads.y, row / grid.threads.y);
  }
  for (int i = 0; i < block.warp_count; i++) {
    const bool whole = (i + 1) * 32 <= block.thread_count;
    block.warps[i].lanes = whole ? ~0u : (1u << (block.thread_count % 32)) - 1;  // a block's last warp may have fewer
  }
}

WHT_UNCHECKED_BY_TSAN cudaError_t run_grid(const Grid& grid) {
  try {
    prepare_block(grid);
  } catch (const std::bad_alloc&) {
    return cudaErrorLaunchOutOfResources;
  }
  gridDim = grid.blocks;
  blockDim = grid.threads;
  const uint64_t count = static_cast<uint64_t>(grid.blocks.x) * grid.blocks.y * grid.blocks.z;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t number = grid.reversed ? count - 1 - i : i, row = number / grid.blocks.x;
    blockIdx = make_uint3(static_cast<unsigned>(number % grid.blocks.x), static_cast<unsigned>(row % grid.blocks.y),
                          static_cast<unsigned>(row / grid.blocks.y));
    if (!run_block()) return cudaErrorLaunchFailure;
  }
  return cudaSuccess;
}

}  // namespace wht_emulation
