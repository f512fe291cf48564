#include "cudnn.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "../stream/stream.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

/*
 * From version 8 on, libcudnn.so is a shell that opens the libraries with the code in them when they are first needed, and aborts the
 * process where one is missing. So they are opened here first, which fails in good order.
 */
struct Candidate {
  const char* library;
  std::vector<const char*> parts;
};

const std::vector<Candidate>& candidates() {
  static const auto* list = new std::vector<Candidate>{
      {"libcudnn.so.9",
       {"libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_engines_precompiled.so.9",
        "libcudnn_engines_runtime_compiled.so.9", "libcudnn_heuristic.so.9"}},
      {"libcudnn.so.8", {"libcudnn_ops_infer.so.8", "libcudnn_cnn_infer.so.8"}},
      {"libcudnn.so.7", {}},
  };
  return *list;
}

/* Why a candidate is not used: in the loader's words or ours. */
struct Unusable {
  std::string reason;
};

/* An error message has 1000 bytes, and up to six candidates are named in it. */
constexpr size_t kReasonLength = 110;
constexpr size_t kDirectoryLength = 90;

/* The loader's last error, without the directory, which would take most of the message. */
std::string loader_error(const std::string& directory, const std::string& library) {
  const char* error = dlerror();
  std::string text = error != nullptr ? error : "unknown error";
  for (const std::string& prefix : {directory + "/", library + ": "}) {
    for (size_t at = text.find(prefix); prefix.size() > 1 && at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
  }
  return text;
}

/* Libraries that are closed again unless all of them are wanted: what is left open would be found by the next version's. */
class Opened {
 public:
  ~Opened() {
    for (auto library = libraries_.rbegin(); library != libraries_.rend(); ++library) dlclose(*library);
  }

  void* open(const std::string& directory, const std::string& name, int visibility) {
    void* library = dlopen((directory.empty() ? name : directory + "/" + name).c_str(), RTLD_NOW | visibility);
    if (library == nullptr) throw Unusable{loader_error(directory, name)};
    libraries_.push_back(library);
    return library;
  }

  void keep() { libraries_.clear(); }

 private:
  std::vector<void*> libraries_;
};

/* The directory from which the loader took a library. */
std::string directory_of(void* library) {
  link_map* map = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || map->l_name == nullptr) return "";
  const char* end = std::strrchr(map->l_name, '/');
  return end == nullptr ? "" : std::string(map->l_name, static_cast<size_t>(end - map->l_name));
}

template <class Function>
void find(void* library, const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(library, name));
  if (*function == nullptr) throw Unusable{std::string("it has no function ") + name};
}

Cudnn find_functions(void* library) {
  Cudnn cudnn;
  find(library, "cudnnGetVersion", &cudnn.get_version);
  find(library, "cudnnGetCudartVersion", &cudnn.get_cudart_version);
  find(library, "cudnnGetErrorString", &cudnn.get_error_string);
  find(library, "cudnnCreate", &cudnn.create);
  find(library, "cudnnDestroy", &cudnn.destroy);
  find(library, "cudnnSetStream", &cudnn.set_stream);
  find(library, "cudnnCreateTensorDescriptor", &cudnn.create_tensor);
  find(library, "cudnnDestroyTensorDescriptor", &cudnn.destroy_tensor);
  find(library, "cudnnSetTensor4dDescriptor", &cudnn.set_tensor);
  find(library, "cudnnCreateFilterDescriptor", &cudnn.create_filter);
  find(library, "cudnnDestroyFilterDescriptor", &cudnn.destroy_filter);
  find(library, "cudnnSetFilter4dDescriptor", &cudnn.set_filter);
  find(library, "cudnnCreateConvolutionDescriptor", &cudnn.create_convolution);
  find(library, "cudnnDestroyConvolutionDescriptor", &cudnn.destroy_convolution);
  find(library, "cudnnSetConvolution2dDescriptor", &cudnn.set_convolution);
  find(library, "cudnnSetConvolutionGroupCount", &cudnn.set_group_count);
  find(library, "cudnnSetConvolutionMathType", &cudnn.set_math_type);
  find(library, "cudnnCreateActivationDescriptor", &cudnn.create_activation);
  find(library, "cudnnDestroyActivationDescriptor", &cudnn.destroy_activation);
  find(library, "cudnnSetActivationDescriptor", &cudnn.set_activation);
  find(library, "cudnnGetConvolutionForwardWorkspaceSize", &cudnn.get_workspace_size);
  find(library, "cudnnConvolutionForward", &cudnn.forward);
  find(library, "cudnnConvolutionBiasActivationForward", &cudnn.bias_activation_forward);
  return cudnn;
}

/* cuDNN would only say that it could not be initialised. */
void check_driver(const Cudnn& cudnn) {
  const int needed = static_cast<int>(cudnn.get_cudart_version());
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  if (driver / 1000 >= needed / 1000) return;
  throw Unusable{"it is for CUDA " + version_text(needed) + ", and the NVIDIA driver supports CUDA " + version_text(driver)};
}

/* `directory`: where it lies, or empty for the loader's search. */
Cudnn open(const std::string& directory, const Candidate& candidate) {
  Opened opened;
  void* library = opened.open(directory, candidate.library, RTLD_LOCAL);
  // Parts of another cuDNN that the loader would rather find don't fit.
  const std::string found_in = directory_of(library);
  for (const char* part : candidate.parts) {
    try {
      opened.open(found_in, part, RTLD_GLOBAL);
    } catch (const Unusable& failure) {
      throw Unusable{std::string(part) + ": " + failure.reason};
    }
  }
  Cudnn cudnn = find_functions(library);
  check_driver(cudnn);
  cudnn.version = cudnn.get_version();
  opened.keep();
  return cudnn;
}

std::string shortened(const std::string& text, size_t length) { return text.size() <= length ? text : text.substr(0, length - 3) + "..."; }

/* The end of a path says more than its beginning. */
std::string shortened_path(const std::string& path) {
  return path.size() <= kDirectoryLength ? path : "..." + path.substr(path.size() - (kDirectoryLength - 3));
}

/* Whether a directory (empty: the loader's search) has a usable cuDNN. If not, *reasons tells why. */
bool open_newest(const std::string& directory, const std::string& place, Cudnn* cudnn, std::string* reasons) {
  std::string separator = (reasons->empty() ? "in " : "; in ") + place + ": ";
  for (const Candidate& candidate : candidates()) {
    try {
      *cudnn = open(directory, candidate);
      return true;
    } catch (const Unusable& failure) {
      *reasons += separator + candidate.library + " (" + shortened(failure.reason, kReasonLength) + ")";
      separator = ", ";
    }
  }
  return false;
}

Cudnn open_any(const std::string& directory) {
  if (directory == "none") throw BackendError(WHT_ERROR_NO_LIBRARY, "WHT_CUDNN_DIR=none leaves cuDNN out");
  std::string reasons;
  Cudnn cudnn;
  if (!directory.empty() && open_newest(directory, "WHT_CUDNN_DIR=" + shortened_path(directory), &cudnn, &reasons)) return cudnn;
  if (open_newest("", "the loader's path", &cudnn, &reasons)) return cudnn;
  throw BackendError(WHT_ERROR_NO_LIBRARY, "cuDNN could not be loaded; WHT_CUDNN_DIR may name its directory. Tried " + reasons);
}

std::string version_name(size_t version) {
  const size_t major = version >= 90000 ? version / 10000 : version / 1000;
  const size_t minor = version >= 90000 ? version / 100 % 100 : version / 100 % 10;
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(version % 100);
}

}  // namespace

void Cudnn::check(int status, const char* function) const {
  if (status == 0) return;
  cudaGetLastError();  // or a later launch would seem to have failed
  const std::string text = get_error_string(status);
  // The status has several names: CUDNN_STATUS_ALLOC_FAILED, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED.
  const bool no_memory = text.find("ALLOC") != std::string::npos;
  throw BackendError(no_memory ? WHT_ERROR_OUT_OF_MEMORY : WHT_ERROR_EXECUTION, std::string(function) + " gave " + text);
}

const Cudnn& load_cudnn() {
  static std::mutex mutex;
  static const Cudnn* loaded = nullptr;
  // Failing can take long where large libraries are opened in vain, and every description of a device asks.
  static const std::string* failed_directory = nullptr;
  static const std::string* failure = nullptr;

  const std::lock_guard<std::mutex> lock(mutex);
  if (loaded != nullptr) return *loaded;
  const char* variable = std::getenv("WHT_CUDNN_DIR");
  const std::string directory = variable != nullptr ? variable : "";
  if (failure != nullptr && *failed_directory == directory) throw BackendError(WHT_ERROR_NO_LIBRARY, *failure);
  try {
    loaded = new Cudnn(open_any(directory));
    return *loaded;
  } catch (const BackendError& error) {
    if (error.status() == WHT_ERROR_NO_LIBRARY) {
      delete failed_directory;
      delete failure;
      failed_directory = new std::string(directory);
      failure = new std::string(error.what());
    }
    throw;
  }
}

std::string cudnn_version() {
  try {
    return version_name(load_cudnn().version);
  } catch (const std::exception&) {
    return "";
  }
}

CudnnHandle::CudnnHandle(const Cudnn& cudnn, cudaStream_t stream) : cudnn_(cudnn) {
  try {
    cudnn.check(cudnn.create(&context_), "cudnnCreate");
  } catch (const BackendError& error) {
    if (error.status() == WHT_ERROR_OUT_OF_MEMORY) throw;
    throw BackendError(WHT_ERROR_NO_LIBRARY, "cuDNN " + version_name(cudnn.version) + " can't use this GPU: " + error.what());
  }
  const int status = cudnn.set_stream(context_, stream);
  if (status == 0) return;
  cudnn.destroy(context_);
  cudnn.check(status, "cudnnSetStream");
}

CudnnHandle::~CudnnHandle() { cudnn_.destroy(context_); }

}  // namespace cuda
}  // namespace wht
