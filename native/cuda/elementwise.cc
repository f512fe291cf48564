/* Binary functions, copies and averages: the operations that are one kernel each, or none. */
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

uint32_t elements(const wht_shape& shape) { return static_cast<uint32_t>(shape.n * shape.h * shape.w * shape.c); }

class Binary final : public Operation {
 public:
  explicit Binary(const wht_binary& description) : d_(description) {}

  const char* name() const override { return "binary"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void* second_input, void* output) const override {
    const BinaryPlan plan{
        d_.layout, d_.function, d_.broadcast, d_.scalar, static_cast<uint32_t>(shape.h * shape.w), static_cast<uint32_t>(shape.c)};
    check(launch_binary(execution.stream(), d_.dtype, plan, elements(shape), input, second_input, output), "the kernel");
  }

 private:
  wht_binary d_;
};

class Copy final : public Operation {
 public:
  explicit Copy(const wht_copy& description) : d_(description) {}

  const char* name() const override { return "copy"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    if (input == output) return;
    const size_t bytes = static_cast<size_t>(elements(shape)) * static_cast<size_t>(element_size(d_.dtype));
    check(cudaMemcpyAsync(output, input, bytes, cudaMemcpyDeviceToDevice, execution.stream()), "cudaMemcpyAsync");
  }

 private:
  wht_copy d_;
};

class GlobalAveragePool final : public Operation {
 public:
  explicit GlobalAveragePool(const wht_global_average_pool& description) : d_(description) {}

  const char* name() const override { return "global average pool"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    check(launch_global_average_pool(execution.stream(), d_.dtype, d_.layout, static_cast<uint32_t>(shape.n),
                                     static_cast<uint32_t>(shape.h * shape.w), static_cast<uint32_t>(shape.c), input, output),
          "the kernel");
  }

 private:
  wht_global_average_pool d_;
};

}  // namespace

OperationPointer make_binary(const wht_binary& description) { return std::make_shared<Binary>(description); }
OperationPointer make_copy(const wht_copy& description) { return std::make_shared<Copy>(description); }
OperationPointer make_global_average_pool(const wht_global_average_pool& description) {
  return std::make_shared<GlobalAveragePool>(description);
}

}  // namespace cuda
}  // namespace wht
