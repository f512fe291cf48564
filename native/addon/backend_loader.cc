#include "backend_loader.h"

#include <dlfcn.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "../cpu/backend.h"

namespace wht {

const wht_backend* cpu_backend() {
  static const wht_backend backend = [] {
    wht_backend filled{};
    wht_cpu_backend_entry(WHT_BACKEND_VERSION, &filled);
    return filled;
  }();
  return &backend;
}

namespace {

const wht_backend* load_one(const std::string& path, std::string& reason) {
  // Shared by all workers, and never destroyed: a device may still be in use while the process exits.
  static std::mutex& mutex = *new std::mutex;
  static auto& loaded = *new std::map<std::string, const wht_backend*>;
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = loaded.find(path);
  if (found != loaded.end()) return found->second;

  if (access(path.c_str(), F_OK) != 0) {
    reason = "no such file; the CUDA backend is built where NVIDIA's compiler (nvcc) is found at installation";
    return nullptr;
  }
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* said = dlerror();
    reason = said ? said : "dlopen failed";
    return nullptr;
  }
  const auto entry = reinterpret_cast<wht_backend_entry_function>(dlsym(library, WHT_BACKEND_ENTRY));
  auto* backend = new wht_backend{};
  if (entry == nullptr) {
    reason = "it has no function " WHT_BACKEND_ENTRY ", so it is no backend of wht-layers";
  } else if (!entry(WHT_BACKEND_VERSION, backend)) {
    reason = "it was built for another version of wht-layers: build it again";
  } else {
    loaded.emplace(path, backend);
    return backend;
  }
  delete backend;
  dlclose(library);
  return nullptr;
}

}  // namespace

const wht_backend* load_backend(const std::vector<std::string>& paths, std::string& reason) {
  reason = "no CUDA backend library could be loaded";
  for (const auto& path : paths) {
    std::string said;
    if (const wht_backend* backend = load_one(path, said)) return backend;
    reason.append("; tried ").append(path).append(": ").append(said);
  }
  return nullptr;
}

}  // namespace wht
