#include "errors.h"

namespace wht {

Napi::Value make_error(Napi::Env env, const char* code, const std::string& message) {
  return env.GetInstanceData<EnvironmentData>()->error_class.New({Napi::String::New(env, code), Napi::String::New(env, message)});
}

void throw_error(Napi::Env env, const char* code, const std::string& message) { throw Napi::Error(env, make_error(env, code, message)); }

const char* error_code(wht_status status, bool cuda) {
  switch (status) {
    case WHT_ERROR_NO_DEVICE: return cuda ? "ERR_WHT_NO_CUDA" : "ERR_WHT_DEVICE";
    case WHT_ERROR_NO_LIBRARY: return "ERR_WHT_NO_CUDNN";
    case WHT_ERROR_OUT_OF_MEMORY: return "ERR_WHT_OUT_OF_MEMORY";
    default: return cuda ? "ERR_WHT_CUDA" : "ERR_WHT_DEVICE";
  }
}

}  // namespace wht
