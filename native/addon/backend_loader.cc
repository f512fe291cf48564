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

/* Shared by all workers, and never destroyed: a device may still be in use while the process exits. */
struct Loaded {
  std::mutex mutex;
  std::map<std::string, const wht_backend*> backends;
};

Loaded& loaded() {
  static Loaded& all = *new Loaded;
  return all;
}

}  // namespace

bool backend_is_loaded(const std::string& path) {
  std::lock_guard<std::mutex> lock(loaded().mutex);
  return loaded().backends.count(path) != 0;
}

const wht_backend* load_backend(const std::string& path, std::string& reason) {
  std::lock_guard<std::mutex> lock(loaded().mutex);
  const auto found = loaded().backends.find(path);
  if (found != loaded().backends.end()) return found->second;

  if (access(path.c_str(), F_OK) != 0) {
    reason = "no such file";
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
    loaded().backends.emplace(path, backend);
    return backend;
  }
  delete backend;
  dlclose(library);
  return nullptr;
}

}  // namespace wht
