/* The nonlinearity of a block transform alone, on a spectrum. */
#include <vector>

#include "kernels/parameters.h"
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

class SpectralThreshold final : public Operation {
 public:
  SpectralThreshold(const wht_spectral_threshold& description, Execution& execution) : d_(description) {
    std::vector<PointParameters> parameters;
    parameters.reserve(static_cast<size_t>(d_.points));
    for (int32_t point = 0; point < d_.points; point++) {
      parameters.push_back(PointParameters{d_.weights != nullptr ? d_.weights[point] : 1.0f,
                                           d_.thresholds != nullptr && d_.nonlinearity != WHT_NONE ? d_.thresholds[point] : 0.0f});
    }
    parameters_ = execution.upload(parameters.data(), parameters.size() * sizeof(PointParameters));
    d_.thresholds = d_.weights = nullptr;
  }

  const char* name() const override { return "spectral threshold"; }

  int64_t parameter_bytes() const override { return d_.points * static_cast<int64_t>(sizeof(PointParameters)); }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    const int64_t positions = shape.h * shape.w;
    const int64_t run = d_.over_plane ? (d_.layout == WHT_NHWC ? shape.c : 1) : (d_.layout == WHT_NCHW ? positions : 1);
    const SpectralThresholdPlan plan{static_cast<const PointParameters*>(parameters_.get()),
                                     nonlinearity_constants(1),
                                     d_.nonlinearity == WHT_SMOOTH,
                                     static_cast<uint32_t>(d_.points),
                                     static_cast<uint32_t>(d_.unchanged),
                                     static_cast<uint32_t>(d_.window),
                                     static_cast<uint32_t>(run)};
    const auto count = static_cast<uint32_t>(shape.n * positions * shape.c / d_.window);
    check(launch_spectral_threshold(execution.stream(), d_.dtype, plan, count, input, second_input, output), "the kernel");
  }

 private:
  wht_spectral_threshold d_;
  std::shared_ptr<void> parameters_;
};

}  // namespace

OperationPointer make_spectral_threshold(const wht_spectral_threshold& description, Execution& execution) {
  return std::make_shared<SpectralThreshold>(description, execution);
}

}  // namespace cuda
}  // namespace wht
