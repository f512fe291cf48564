#include "execution.h"

#include <algorithm>

#include "../stream/step.h"
#include "cudnn.h"
#include "runtime.h"

namespace wht {
namespace cuda {

namespace {

/* Beyond so many, names no longer help whoever reads the message. */
constexpr size_t kMostNames = 64;

}  // namespace

Execution::Execution(int device, Stream& queue) : device_(device), queue_(queue), memory_(std::make_shared<MemoryPool>(device)) {
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
  push(queue_, "upload", [this, memory, copy = std::vector<char>(begin, begin + bytes)] {
    // From memory that is not pinned, this returns when the values have been read.
    check(cudaMemcpyAsync(memory.get(), copy.data(), copy.size(), cudaMemcpyHostToDevice, stream_), "cudaMemcpyAsync");
    issued("upload");
  });
  return memory;
}

void Execution::download(const void* memory, void* values, size_t bytes) {
  check(cudaMemcpyAsync(values, memory, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync");
  wait();
}

void Execution::issued(const char* name) {
  if (name != nullptr && issued_.size() < kMostNames) issued_.push_back(name);
}

void Execution::wait() {
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  issued_.clear();
}

std::string Execution::take_names_issued() {
  std::vector<std::string> names;
  for (const char* name : issued_) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  issued_.clear();
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : "' or '") + name;
  return joined.empty() ? "synchronize" : joined;
}

}  // namespace cuda
}  // namespace wht
