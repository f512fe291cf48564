/*
 * The CPU backend as a shared library whose operations fail when told to: what the tests open in the place of CUDA, to see that a backend
 * works through dlopen and that errors find their way.
 *
 *   WHT_FAULT_OPERATION=NAME    operations of that name fail when they run
 *   WHT_FAULT_ALLOCATION=BYTES  tensors of at least so many bytes find no memory
 */
#include <cstdlib>
#include <memory>
#include <string>

#include "../../native/cpu/backend.h"
#include "../../native/cpu/operation.h"
#include "../../native/stream/stream.h"

struct wht_operation {  // as in native/cpu/backend.cc
  wht::OperationPointer operation;
};

namespace {

wht_backend cpu;

class FailingOperation final : public wht::Operation {
 public:
  explicit FailingOperation(const char* name) : name_(name) {}
  const char* name() const override { return name_.c_str(); }
  void run(wht::Execution&, const wht_shape&, const void*, const void*, void*) const override {
    throw wht::BackendError(WHT_ERROR_EXECUTION, "injected fault");
  }

 private:
  std::string name_;
};

wht_status submit(wht_device* device, wht_operation* operation, const wht_shape* shape, wht_buffer* input, wht_buffer* second_input,
                  wht_buffer* output, wht_error* error) {
  const char* name = std::getenv("WHT_FAULT_OPERATION");
  if (name == nullptr || std::string(name) != operation->operation->name()) {
    return cpu.submit(device, operation, shape, input, second_input, output, error);
  }
  wht_operation failing{std::make_shared<FailingOperation>(name)};
  return cpu.submit(device, &failing, shape, input, second_input, output, error);
}

wht_status allocate(wht_device* device, uint64_t count, wht_dtype dtype, int32_t host_visible, wht_buffer** buffer, wht_error* error) {
  const char* limit = std::getenv("WHT_FAULT_ALLOCATION");
  if (limit != nullptr && count * static_cast<uint64_t>(wht::element_size(dtype)) >= std::strtoull(limit, nullptr, 10)) {
    return wht::report(error, WHT_ERROR_OUT_OF_MEMORY, "injected: no memory for " + std::to_string(count) + " elements");
  }
  return cpu.allocate(device, count, dtype, host_visible, buffer, error);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int32_t wht_backend_entry(uint32_t version, wht_backend* backend) {
  if (!wht_cpu_backend_entry(version, &cpu)) return 0;
  *backend = cpu;
  backend->submit = submit;
  backend->allocate = allocate;
  return 1;
}
