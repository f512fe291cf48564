/* The Node-API half's entry: what lib/native.ts calls NativeAddon. */
#include <napi.h>

#include "backend_loader.h"
#include "errors.h"
#include "mapped_file.h"
#include "objects.h"

namespace wht {
namespace {

Napi::Value initialize(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<EnvironmentData>()->error_class = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

void list_backend(Napi::Env env, const wht_backend* backend, const char* kind, Napi::Array& listing) {
  const auto add = [&](int32_t index, const char* name, const char* why_not) {
    auto entry = Napi::Object::New(env);
    entry.Set("kind", kind);
    entry.Set("index", index);
    entry.Set("name", name);
    entry.Set("reason", why_not);
    listing.Set(listing.Length(), entry);
  };
  wht_error error{};
  int32_t count = 0;
  if (backend->device_count(&count, &error) != WHT_OK) return add(0, "", error.message);
  for (int32_t index = 0; index < count; index++) {
    wht_device_info known{};
    if (backend->describe(index, &known, &error) == WHT_OK) {
      add(index, known.name, "");
    } else {
      add(index, "", error.message);
    }
  }
}

Napi::Value load_cuda(const Napi::CallbackInfo& info) {
  std::string reason;
  return Napi::String::New(info.Env(), load_backend(info[0].As<Napi::String>(), reason) == nullptr ? reason : "");
}

Napi::Value cuda_is_loaded(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), backend_is_loaded(info[0].As<Napi::String>()));
}

Napi::Value list_devices(const Napi::CallbackInfo& info) {
  auto listing = Napi::Array::New(info.Env());
  std::string reason;
  list_backend(info.Env(), cpu_backend(), "cpu", listing);
  const std::string library = info[0].As<Napi::String>();
  if (library.empty()) return listing;
  if (const wht_backend* cuda = load_backend(library, reason)) list_backend(info.Env(), cuda, "cuda", listing);
  return listing;
}

Napi::Value open_device(const Napi::CallbackInfo& info) {
  const int32_t index = info[0].As<Napi::Number>();
  const std::string simd = info[2].As<Napi::String>();
  const std::string library = info[3].As<Napi::String>();
  const bool cuda = !library.empty();
  const wht_device_options options{info[1].As<Napi::Number>(), simd.c_str()};
  const wht_backend* backend = cpu_backend();
  if (cuda) {
    std::string reason;
    backend = load_backend(library, reason);
    if (backend == nullptr) throw_error(info.Env(), "ERR_WHT_NO_CUDA", "CUDA can't be used: tried " + library + ": " + reason);
    wht_error error{};
    int32_t count = 0;
    if (backend->device_count(&count, &error) == WHT_OK && index >= count) {
      throw_error(info.Env(), "ERR_WHT_DEVICE",
                  "Expected index to name one of " + std::to_string(count) + " GPUs, from 0, got " + std::to_string(index));
    }
  }
  auto session = Session::open(info.Env(), backend, cuda, index, options);
  const Napi::Object object = info.Env().GetInstanceData<EnvironmentData>()->device_class.New({});
  DeviceObject::Unwrap(object)->own(std::move(session));
  return object;
}

Napi::Object initialize_module(Napi::Env env, Napi::Object exports) {
  auto* data = new EnvironmentData;
  data->buffer_class = Napi::Persistent(BufferObject::define(env));
  data->operation_class = Napi::Persistent(OperationObject::define(env));
  data->device_class = Napi::Persistent(DeviceObject::define(env));
  env.SetInstanceData(data);
  exports.Set("initialize", Napi::Function::New(env, initialize));
  exports.Set("loadCuda", Napi::Function::New(env, load_cuda));
  exports.Set("cudaIsLoaded", Napi::Function::New(env, cuda_is_loaded));
  exports.Set("listDevices", Napi::Function::New(env, list_devices));
  exports.Set("openDevice", Napi::Function::New(env, open_device));
  exports.Set("mapFile", Napi::Function::New(env, map_file));
  exports.Set("forgetPages", Napi::Function::New(env, forget_pages));
  exports.Set("unmapFile", Napi::Function::New(env, unmap_file));
  return exports;
}

}  // namespace

NODE_API_MODULE(wht_layers, initialize_module)

}  // namespace wht
