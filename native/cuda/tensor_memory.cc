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

TensorMemory::~TensorMemory() {
  // The host's memory is given back to the system, which does not know of copies under way. A failure is reported by whoever waits next.
  if (kind_ == Host::kNone) return;
  cudaSetDevice(device_index_);
  cudaDeviceSynchronize();
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
