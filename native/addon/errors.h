/* Failures of a backend, as the WhtError that lib/errors.ts defines. */
#ifndef WHT_ADDON_ERRORS_H
#define WHT_ADDON_ERRORS_H

#include <napi.h>

#include <string>

#include "../backend.h"

namespace wht {

/** What the addon keeps for each JavaScript environment (the main thread, each worker). */
struct EnvironmentData {
  Napi::FunctionReference error_class;
  Napi::FunctionReference buffer_class;
  Napi::FunctionReference operation_class;
  Napi::FunctionReference device_class;
};

/** A WhtError as a value, e.g. to reject a promise with. */
Napi::Value make_error(Napi::Env env, const char* code, const std::string& message);

/** Throws a WhtError. */
[[noreturn]] void throw_error(Napi::Env env, const char* code, const std::string& message);

/** The code for a status; `cuda` says whether it is the CUDA backend's. */
const char* error_code(wht_status status, bool cuda);

}  // namespace wht

#endif
