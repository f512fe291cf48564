#include "operation.h"

namespace wht {

float* Execution::scratch(int64_t floats_per_thread) {
  const int64_t total = floats_per_thread * pool.threads();
  if (total > scratch_floats_) {
    scratch_.reset();
    scratch_floats_ = 0;
    scratch_ = memory_->allocate(static_cast<size_t>(total) * sizeof(float), MemoryPool::Account::kWorkspace);
    scratch_floats_ = total;
  }
  return static_cast<float*>(scratch_.get());
}

}  // namespace wht
