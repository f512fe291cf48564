#include "mapped_file.h"

#include <sys/mman.h>

#include <cstdint>

namespace wht {

Napi::Value map_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int descriptor = info[0].As<Napi::Number>();
  const auto length = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  // Writable and private: JavaScript can write to any ArrayBuffer, and that must neither crash nor reach the file.
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
  if (memory == MAP_FAILED) return env.Undefined();
  const auto unmap = [](napi_env, void* mapped, void* hint) { munmap(mapped, reinterpret_cast<uintptr_t>(hint)); };
  napi_value buffer = nullptr;
  // The length goes along as the hint. Not Napi::ArrayBuffer::New, which throws where the runtime has no external buffers (Electron).
  const napi_status status = napi_create_external_arraybuffer(env, memory, length, unmap, reinterpret_cast<void*>(length), &buffer);
  if (status == napi_ok) return {env, buffer};
  if (status == napi_no_external_buffers_allowed) {
    munmap(memory, length);
    return env.Undefined();
  }
  // A pending exception, e.g. of a worker that is being ended. Node has run the finalizer then, or will.
  throw Napi::Error::New(env);
}

Napi::Value forget_pages(const Napi::CallbackInfo& info) {
  auto mapping = info[0].As<Napi::ArrayBuffer>();
  // Advice: a system that does not take it keeps the pages, and nothing is wrong.
  madvise(mapping.Data(), mapping.ByteLength(), MADV_DONTNEED);
  return info.Env().Undefined();
}

Napi::Value unmap_file(const Napi::CallbackInfo& info) {
  info[0].As<Napi::ArrayBuffer>().Detach();
  return info.Env().Undefined();
}

}  // namespace wht
