/* Affine functions of each channel, with a second input and an activation. */
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

class Affine final : public Operation {
 public:
  Affine(const wht_affine& description, Execution& execution) : d_(description) {
    const size_t bytes = static_cast<size_t>(d_.channels) * sizeof(float);
    if (d_.scale != nullptr) scale_ = execution.upload(d_.scale, bytes);
    if (d_.shift != nullptr) shift_ = execution.upload(d_.shift, bytes);
    d_.scale = d_.shift = nullptr;
  }

  const char* name() const override { return "affine"; }

  int64_t parameter_bytes() const override {
    return d_.channels * static_cast<int64_t>(sizeof(float)) * ((scale_ != nullptr ? 1 : 0) + (shift_ != nullptr ? 1 : 0));
  }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    const AffinePlan plan{d_.layout,
                          d_.activation,
                          static_cast<uint32_t>(shape.h * shape.w),
                          static_cast<uint32_t>(shape.c),
                          static_cast<const float*>(scale_.get()),
                          static_cast<const float*>(shift_.get())};
    check(launch_affine(execution.stream(), d_.dtype, plan, static_cast<uint32_t>(shape.n), input, second_input, output), "the kernel");
  }

 private:
  wht_affine d_;
  std::shared_ptr<void> scale_, shift_; /* NULL where there is none */
};

}  // namespace

OperationPointer make_affine(const wht_affine& description, Execution& execution) {
  return std::make_shared<Affine>(description, execution);
}

}  // namespace cuda
}  // namespace wht
