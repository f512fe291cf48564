#include "execution.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "../stream/step.h"
#include "cudnn.h"
#include "runtime.h"

namespace wht {
namespace cuda {

namespace {

/* More than this is not kept waiting for copies to be done. */
constexpr size_t kMostSourceBytes = size_t{64} << 20;

/* What the pool may keep: an eighth of the memory, where it is the host's too. */
size_t most_kept(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties.integrated != 0 ? properties.totalGlobalMem / 8 : SIZE_MAX;
}

}  // namespace

Execution::Execution(int device, Stream& queue)
    : device_(device), queue_(queue), memory_(std::make_shared<MemoryPool>(device, most_kept(device))) {
  use();
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
}

Execution::~Execution() {
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_);
  cudnn.reset();
  cudaStreamDestroy(stream_);
}

void Execution::use() const { check(cudaSetDevice(device_), "cudaSetDevice"); }

std::shared_ptr<void> Execution::upload(const void* values, size_t bytes) {
  std::shared_ptr<void> memory = memory_->allocate(bytes);
  const auto* begin = static_cast<const char*>(values);
  push(queue_, "upload", [this, memory, copy = std::make_shared<const std::vector<char>>(begin, begin + bytes)] {
    issued("upload");
    copy_from_host(memory.get(), copy, copy->data(), copy->size());
  });
  return memory;
}

void Execution::copy_from_host(void* target, std::shared_ptr<const void> owner, const void* values, size_t bytes) {
  check(cudaMemcpyAsync(target, values, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync");
  sources_.push_back(std::move(owner));
  source_bytes_ += bytes;
  if (source_bytes_ > kMostSourceBytes) wait();
}

void Execution::download(const void* memory, void* values, size_t bytes) {
  check(cudaMemcpyAsync(values, memory, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync");
  wait();
}

void Execution::issued(const char* name) {
  if (std::find(issued_.begin(), issued_.end(), name) == issued_.end()) issued_.emplace_back(name);
}

void Execution::wait() {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  issued_.clear();
  sources_.clear();
  source_bytes_ = 0;
}

std::string Execution::names_issued() const {
  std::string joined;
  for (const std::string& name : issued_) joined += (joined.empty() ? "" : "' or '") + name;
  return joined;
}

}  // namespace cuda
}  // namespace wht
