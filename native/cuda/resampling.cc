/* Operations that change a map's size: pooling over windows, cropping and padding. */
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

class Pool final : public Operation {
 public:
  explicit Pool(const wht_pool& description) : d_(description) {}

  const char* name() const override { return "pool"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const bool nhwc = d_.layout == WHT_NHWC;
    const auto windows = [this](int64_t side) { return static_cast<int32_t>((side + 2 * int64_t{d_.padding} - d_.size) / d_.stride + 1); };
    const PoolPlan plan{d_.function,
                        static_cast<uint32_t>(nhwc ? shape.n : shape.n * shape.c),
                        static_cast<uint32_t>(nhwc ? shape.c : 1),
                        static_cast<int32_t>(shape.h),
                        static_cast<int32_t>(shape.w),
                        windows(shape.h),
                        windows(shape.w),
                        d_.size,
                        d_.stride,
                        d_.padding};
    check(launch_pool(execution.stream(), d_.dtype, plan, input, output), "the kernel");
  }

 private:
  wht_pool d_;
};

class CropOrPad final : public Operation {
 public:
  explicit CropOrPad(const wht_crop_or_pad& description) : d_(description) {}

  const char* name() const override { return "crop or pad"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const auto h = static_cast<uint32_t>(shape.h), w = static_cast<uint32_t>(shape.w), c = static_cast<uint32_t>(shape.c);
    const auto to_h = static_cast<uint32_t>(d_.height), to_w = static_cast<uint32_t>(d_.width), to_c = static_cast<uint32_t>(d_.channels);
    const CropOrPadPlan plan =
        d_.layout == WHT_NHWC ? CropOrPadPlan{{h, w, c}, {to_h, to_w, to_c}} : CropOrPadPlan{{c, h, w}, {to_c, to_h, to_w}};
    check(launch_crop_or_pad(execution.stream(), d_.dtype, plan, static_cast<uint32_t>(shape.n), input, output), "the kernel");
  }

 private:
  wht_crop_or_pad d_;
};

}  // namespace

OperationPointer make_pool(const wht_pool& description) { return std::make_shared<Pool>(description); }
OperationPointer make_crop_or_pad(const wht_crop_or_pad& description) { return std::make_shared<CropOrPad>(description); }

}  // namespace cuda
}  // namespace wht
