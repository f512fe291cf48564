#include "depthwise.h"

#include <algorithm>
#include <vector>

#include "kernels/plan.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

class DepthwiseConvolution final : public Operation {
 public:
  DepthwiseConvolution(const wht_convolution& d, Execution& execution)
      : given_kernel_(d.kernel, d.kernel + static_cast<size_t>(d.out_channels) * d.kernel_size * d.kernel_size),
        given_bias_(d.bias, d.bias + (d.bias != nullptr ? d.out_channels : 0)),
        depthwise_(d, execution) {}

  const char* name() const override { return "convolution"; }
  int64_t parameter_bytes() const override { return depthwise_.parameter_bytes(); }

  void parameters(Execution&, float* kernel, float* bias) const override {
    std::copy(given_kernel_.begin(), given_kernel_.end(), kernel);
    if (bias != nullptr) std::copy(given_bias_.begin(), given_bias_.end(), bias);
  }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    check(depthwise_.launch(execution, shape, input, output), "the kernel");
  }

 private:
  const std::vector<float> given_kernel_, given_bias_;
  const Depthwise depthwise_;
};

}  // namespace

Depthwise::Depthwise(const wht_convolution& description, Execution& execution) : d_(description) {
  const auto channels = static_cast<size_t>(d_.out_channels), taps = static_cast<size_t>(d_.kernel_size) * d_.kernel_size;
  std::vector<float> kernel(channels * taps);
  for (size_t channel = 0; channel < channels; channel++) {
    const float scale = d_.scale != nullptr ? d_.scale[channel] : 1.0f;
    for (size_t tap = 0; tap < taps; tap++) kernel[tap * channels + channel] = d_.kernel[channel * taps + tap] * scale;
  }
  kernel_ = execution.upload(kernel.data(), kernel.size() * sizeof(float));
  if (d_.bias != nullptr) bias_ = execution.upload(d_.bias, channels * sizeof(float));
  d_.kernel = d_.scale = d_.bias = nullptr;
}

int64_t Depthwise::parameter_bytes() const {
  return int64_t{d_.out_channels} * (int64_t{d_.kernel_size} * d_.kernel_size + (bias_ != nullptr ? 1 : 0)) *
         static_cast<int64_t>(sizeof(float));
}

cudaError_t Depthwise::launch(Execution& execution, const wht_shape& shape, const void* input, void* output) const {
  const auto height = static_cast<int32_t>(shape.h), width = static_cast<int32_t>(shape.w);
  const DepthwisePlan plan{d_.layout,
                           d_.activation,
                           height,
                           width,
                           (height - 1) / d_.stride + 1,
                           (width - 1) / d_.stride + 1,
                           d_.out_channels,
                           d_.kernel_size,
                           d_.stride,
                           static_cast<const float*>(kernel_.get()),
                           static_cast<const float*>(bias_.get())};
  return launch_depthwise(execution.stream(), d_.dtype, plan, static_cast<uint32_t>(shape.n), input, output);
}

OperationPointer make_depthwise_convolution(const wht_convolution& description, Execution& execution) {
  return std::make_shared<DepthwiseConvolution>(description, execution);
}

}  // namespace cuda
}  // namespace wht
