#include "tensor_memory.h"

#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute");
  return value;
}

}  // namespace

TensorMemory::TensorMemory(Execution& execution, size_t bytes, bool host_visible) : device_index_(execution.device()), bytes_(bytes) {
  if (!host_visible) {
    device_ = execution.memory()->allocate(bytes);
    return;
  }
  if (attribute(cudaDevAttrIntegrated, device_index_) != 0 && attribute(cudaDevAttrManagedMemory, device_index_) != 0) {
    kind_ = attribute(cudaDevAttrConcurrentManagedAccess, device_index_) != 0 ? Host::kShared : Host::kAttached;
    host_ = execution.memory()->allocate_host_visible(bytes, HostMemory::kManaged);
    device_ = host_;
  } else {
    kind_ = Host::kMirror;
    device_ = execution.memory()->allocate(bytes);
    host_ = execution.memory()->allocate_host_visible(bytes, HostMemory::kPinned);
  }
}

TensorMemory::TensorMemory(const TensorMemory& whole, size_t offset, size_t bytes)
    : device_index_(whole.device_index_), bytes_(bytes), device_(whole.device_, static_cast<char*>(whole.device()) + offset) {}

TensorMemory::~TensorMemory() {
  if (kind_ == Host::kNone || settled_) return;
  // The device is being closed, or there was no memory to queue settle().
  cudaSetDevice(device_index_);
  cudaDeviceSynchronize();
}

void TensorMemory::settle(Execution& execution) {
  cudaStreamSynchronize(execution.stream());  // a failure is reported to whoever waits next
  settled_ = true;
}

void TensorMemory::after_failure(Execution& execution) const {
  if (kind_ == Host::kAttached) cudaStreamAttachMemAsync(execution.stream(), device_.get(), 0, cudaMemAttachHost);
}

void TensorMemory::attach(Execution& execution, unsigned int to) const {
  if (kind_ == Host::kAttached) check(cudaStreamAttachMemAsync(execution.stream(), device_.get(), 0, to), "cudaStreamAttachMemAsync");
}

void TensorMemory::before_reading(Execution& execution) const {
  attach(execution, cudaMemAttachSingle);
  if (kind_ == Host::kMirror) {
    check(cudaMemcpyAsync(device_.get(), host_.get(), bytes_, cudaMemcpyHostToDevice, execution.stream()), "cudaMemcpyAsync");
  }
}

void TensorMemory::before_writing(Execution& execution) const { attach(execution, cudaMemAttachSingle); }

void TensorMemory::after_reading(Execution& execution) const { attach(execution, cudaMemAttachHost); }

void TensorMemory::after_writing(Execution& execution) const {
  if (kind_ == Host::kMirror) {
    check(cudaMemcpyAsync(host_.get(), device_.get(), bytes_, cudaMemcpyDeviceToHost, execution.stream()), "cudaMemcpyAsync");
  }
  attach(execution, cudaMemAttachHost);
}

}  // namespace cuda
}  // namespace wht
