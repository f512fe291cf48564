/*
 * Stands in for cuDNN where there is no GPU: its C interface, as far as native/cuda/cudnn.h uses it, and convolution by its definition, on
 * the memory of the CUDA emulation, which is the host's. It is to show wrong use, so it refuses whatever cuDNN does not promise to take,
 * fills workspaces with garbage, and has cuDNN's vices: FFT and Winograd are inexact, ReLU makes 0 of NaN, and the default math rounds to
 * TF32.
 *
 * Compiled for one version (WHT_STAND_IN_VERSION). Environment variables, read at each use:
 *
 *   WHT_STAND_IN_CUDNN_VERSION=7603       the version it says it is; statuses are numbered as in that version
 *   WHT_STAND_IN_CUDNN_CUDART=11040       the CUDA it says it was built for; 10020 by default
 *   WHT_STAND_IN_CUDNN_CREATE=fails       cudnnCreate does, as on a GPU that is too old
 *   WHT_STAND_IN_CUDNN_ALGORITHMS=0,1,6   those that are supported; 0,1 by default, so that trials are few
 *   WHT_STAND_IN_CUDNN_NHWC=unsupported   tensors must be NCHW
 *   WHT_STAND_IN_CUDNN_FUSED=unsupported  cudnnConvolutionBiasActivationForward takes nothing
 *   WHT_STAND_IN_CUDNN_NAN=kept           by its ReLU
 *   WHT_STAND_IN_CUDNN_WORKSPACE=BYTES    what all algorithms but 0 need; 4096 by default
 *   WHT_STAND_IN_CUDNN_FASTEST=1 or 1f    all but this algorithm (f: fused) take longer
 *   WHT_STAND_IN_CUDNN_DELAY=MS           by so much; 3 by default
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#if !defined(WHT_STAND_IN_VERSION)
#define WHT_STAND_IN_VERSION 8201
#endif

#define WHT_CUDNN extern "C" __attribute__((visibility("default")))

namespace {

std::string setting(const char* name, const char* otherwise) {
  const char* value = getenv((std::string("WHT_STAND_IN_CUDNN_") + name).c_str());
  return value != nullptr && *value != '\0' ? value : otherwise;
}

size_t version() { return strtoull(setting("VERSION", std::to_string(WHT_STAND_IN_VERSION).c_str()).c_str(), nullptr, 10); }

/* ---- statuses ---- */

enum class Status { kSuccess, kBadParameter, kNotSupported, kArchitectureMismatch };

/* Their numbers are others in 9. */
int number(Status status) {
  const bool nine = version() >= 90000;
  switch (status) {
    case Status::kSuccess: return 0;
    case Status::kBadParameter: return nine ? 2000 : 3;
    case Status::kNotSupported: return nine ? 3000 : 9;
    case Status::kArchitectureMismatch: return nine ? 3007 : 6;
  }
  return -1;
}

/* ---- objects: those that were never set or are destroyed are refused ---- */

struct Tensor {
  bool set = false;
  int format = 0, type = 0, n = 0, c = 0, h = 0, w = 0;
  size_t elements() const { return static_cast<size_t>(n) * c * h * w; }
};

struct Filter {
  bool set = false;
  int format = 0, type = 0, k = 0, c = 0, h = 0, w = 0;
  size_t elements() const { return static_cast<size_t>(k) * c * h * w; }
};

struct Convolution {
  bool set = false;
  int pad_h = 0, pad_w = 0, stride_h = 0, stride_w = 0, groups = 1, math = 0;
};

struct Activation {
  bool set = false;
  int mode = 0;
};

struct Handle {
  bool has_stream = false;
  std::atomic<bool> busy{false};
};

struct Live {
  std::mutex mutex;
  std::set<const void*> objects;
};

Live& live() {
  static Live* instance = new Live;
  return *instance;
}

bool is_live(const void* object) {
  Live& known = live();
  const std::lock_guard<std::mutex> lock(known.mutex);
  return known.objects.count(object) != 0;
}

template <class T>
int create(T** object) {
  if (object == nullptr) return number(Status::kBadParameter);
  *object = new T;
  Live& known = live();
  const std::lock_guard<std::mutex> lock(known.mutex);
  known.objects.insert(*object);
  return 0;
}

template <class T>
int destroy(T* object) {
  Live& known = live();
  const std::lock_guard<std::mutex> lock(known.mutex);
  if (known.objects.erase(object) == 0) return number(Status::kBadParameter);
  delete object;
  return 0;
}

template <class T>
bool is_set(const T* object) {
  return is_live(object) && object->set;
}

/* A handle is for one thread at a time. */
class Use {
 public:
  explicit Use(Handle* handle) : handle_(handle) { alone_ = !handle->busy.exchange(true); }
  ~Use() {
    if (alone_) handle_->busy = false;
  }
  bool alone() const { return alone_; }

 private:
  Handle* handle_;
  bool alone_;
};

constexpr int kFloat = 0, kHalf = 2, kNchw = 0, kNhwc = 1, kCrossCorrelation = 1, kRelu = 1, kIdentity = 5;
constexpr int kImplicitGemm = 0, kPrecompGemm = 1, kFft = 4, kAlgorithmCount = 8, kFmaMath = 3;
constexpr size_t kFirstWithTf32 = 8001;

bool known_type(int type) { return type == kFloat || type == kHalf; }
bool known_format(int format) { return format == kNchw || format == kNhwc; }
size_t size_of(int type) { return type == kHalf ? 2 : 4; }

/* ---- numbers ---- */

double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

uint16_t half_bits(double value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Fractions of a half are multiples of 2^-24, or of 2^-10 of its power of two.
  const int exponent = magnitude < std::ldexp(1, -14) ? -14 : std::ilogb(magnitude);
  const auto steps = static_cast<uint16_t>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  return static_cast<uint16_t>(sign + ((exponent + 14) << 10) + steps);
}

/* What tensor cores take of a float32. */
double tf32_value(float value) {
  if (!std::isfinite(value)) return value;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

double load(const void* values, int type, bool tf32, size_t at) {
  if (type == kHalf) return half_value(static_cast<const uint16_t*>(values)[at]);
  const float value = static_cast<const float*>(values)[at];
  return tf32 ? tf32_value(value) : value;
}

void store(void* values, int type, size_t at, double value) {
  if (type == kHalf) {
    static_cast<uint16_t*>(values)[at] = half_bits(value);
  } else {
    static_cast<float*>(values)[at] = static_cast<float>(value);
  }
}

/* ---- convolution ---- */

/* All values as doubles, channels last whatever the format. */
std::vector<double> channels_last(const void* values, int format, int type, bool tf32, size_t images, size_t channels, size_t positions) {
  std::vector<double> moved(images * channels * positions);
  for (size_t image = 0; image < images; image++) {
    for (size_t position = 0; position < positions; position++) {
      for (size_t c = 0; c < channels; c++) {
        const size_t last = (image * positions + position) * channels + c, first = (image * channels + c) * positions + position;
        moved[last] = load(values, type, tf32, format == kNhwc ? last : first);
      }
    }
  }
  return moved;
}

double dot(const double* a, const double* b, size_t count) {
  double sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (size_t j = 0; j < 4; j++) sums[j] += a[i + j] * b[i + j];
  }
  for (; i < count; i++) sums[0] += a[i] * b[i];
  return sums[0] + sums[1] + sums[2] + sums[3];
}

bool aligned(const void* memory) { return memory != nullptr && reinterpret_cast<uintptr_t>(memory) % 16 == 0; }

bool overlap(const void* a, size_t a_bytes, const void* b, size_t b_bytes) {
  const auto x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
  return x < y + b_bytes && y < x + a_bytes;
}

bool supported(int algorithm) {
  const std::string list = "," + setting("ALGORITHMS", "0,1") + ",";
  return list.find("," + std::to_string(algorithm) + ",") != std::string::npos;
}

size_t workspace_bytes(int algorithm) {
  return algorithm == kImplicitGemm ? 0 : strtoull(setting("WORKSPACE", "4096").c_str(), nullptr, 10);
}

/* One call's arguments but for its data. */
struct Problem {
  const Tensor* x;
  const Filter* w;
  const Convolution* convolution;
  const Tensor* y;
  int algorithm;

  Status check() const {
    if (!is_set(x) || !is_set(w) || !is_set(convolution) || !is_set(y)) return Status::kBadParameter;
    if (algorithm < 0 || algorithm >= kAlgorithmCount) return Status::kBadParameter;
    const Convolution& c = *convolution;
    const int out_h = (x->h + 2 * c.pad_h - w->h) / c.stride_h + 1, out_w = (x->w + 2 * c.pad_w - w->w) / c.stride_w + 1;
    if (x->type != w->type || x->type != y->type || w->c * c.groups != x->c || w->k % c.groups != 0) return Status::kBadParameter;
    if (y->n != x->n || y->c != w->k || y->h != out_h || y->w != out_w) return Status::kBadParameter;
    // cuDNN takes some mixtures; we rely on none.
    if (x->format != y->format || x->format != w->format) return Status::kNotSupported;
    if (x->format == kNhwc && setting("NHWC", "") == "unsupported") return Status::kNotSupported;
    return supported(algorithm) ? Status::kSuccess : Status::kNotSupported;
  }

  Status check_data(const void* x_data, const void* w_data, const void* workspace, size_t workspace_given, const void* y_data) const {
    const Status status = check();
    if (status != Status::kSuccess) return status;
    const size_t needed = workspace_bytes(algorithm), y_bytes = y->elements() * size_of(y->type);
    if (!aligned(x_data) || !aligned(w_data) || !aligned(y_data)) return Status::kBadParameter;
    if (workspace_given < needed || (needed > 0 && !aligned(workspace))) return Status::kBadParameter;
    if (overlap(x_data, x->elements() * size_of(x->type), y_data, y_bytes) ||
        overlap(w_data, w->elements() * size_of(w->type), y_data, y_bytes) || overlap(workspace, workspace_given, y_data, y_bytes)) {
      return Status::kBadParameter;
    }
    return Status::kSuccess;
  }

  /* finish(sum, output channel) is what is stored. */
  template <class Finish>
  void compute(const void* x_data, const void* w_data, void* workspace, void* y_data, bool fused, const Finish& finish) const {
    if (workspace_bytes(algorithm) > 0) memset(workspace, 0xa5, workspace_bytes(algorithm));
    // What would be read before it is written shows as well.
    memset(y_data, 0xff, y->elements() * size_of(y->type));
    const bool tf32 = version() >= kFirstWithTf32 && convolution->math != kFmaMath;
    const double error = algorithm >= kFft ? 1 + 1e-5 : 1;
    const size_t in_positions = static_cast<size_t>(x->h) * x->w, taps = static_cast<size_t>(w->h) * w->w;
    const std::vector<double> input = channels_last(x_data, x->format, x->type, tf32, x->n, x->c, in_positions);
    const std::vector<double> kernel = channels_last(w_data, w->format, w->type, tf32, w->k, w->c, taps);
    const int per_group = w->k / convolution->groups;
    std::vector<double> sums(w->k);
    for (int n = 0; n < y->n; n++) {
      for (int top = 0; top < y->h; top++) {
        for (int left = 0; left < y->w; left++) {
          std::fill(sums.begin(), sums.end(), 0.0);
          for (int tap = 0; tap < w->h * w->w; tap++) {
            const int in_y = top * convolution->stride_h - convolution->pad_h + tap / w->w;
            const int in_x = left * convolution->stride_w - convolution->pad_w + tap % w->w;
            if (in_y < 0 || in_y >= x->h || in_x < 0 || in_x >= x->w) continue;
            const double* pixel = input.data() + ((static_cast<size_t>(n) * x->h + in_y) * x->w + in_x) * x->c;
            for (int k = 0; k < w->k; k++) sums[k] += dot(pixel + k / per_group * w->c, kernel.data() + (k * taps + tap) * w->c, w->c);
          }
          for (int k = 0; k < w->k; k++) {
            const size_t position = static_cast<size_t>(top) * y->w + left, positions = static_cast<size_t>(y->h) * y->w;
            const size_t at =
                y->format == kNhwc ? (n * positions + position) * y->c + k : (static_cast<size_t>(n) * y->c + k) * positions + position;
            store(y_data, y->type, at, finish(sums[k] * error, k));
          }
        }
      }
    }
    const std::string fastest = setting("FASTEST", "");
    if (!fastest.empty() && fastest != std::to_string(algorithm) + (fused ? "f" : "")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(strtoull(setting("DELAY", "3").c_str(), nullptr, 10)));
    }
  }
};

bool is(const void* scalar, float expected) { return scalar != nullptr && *static_cast<const float*>(scalar) == expected; }

}  // namespace

/* ---- the library ---- */

WHT_CUDNN size_t cudnnGetVersion() { return version(); }

WHT_CUDNN size_t cudnnGetCudartVersion() { return strtoull(setting("CUDART", "10020").c_str(), nullptr, 10); }

WHT_CUDNN const char* cudnnGetErrorString(int status) {
  if (status == 0) return "CUDNN_STATUS_SUCCESS";
  if (status == number(Status::kBadParameter)) return "CUDNN_STATUS_BAD_PARAM";
  if (status == number(Status::kNotSupported)) return "CUDNN_STATUS_NOT_SUPPORTED";
  if (status == number(Status::kArchitectureMismatch)) {
    return version() >= 90000 ? "CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH" : "CUDNN_STATUS_ARCH_MISMATCH";
  }
  return "CUDNN_UNKNOWN_STATUS";
}

WHT_CUDNN int cudnnCreate(Handle** handle) {
  if (setting("CREATE", "") == "fails") return number(Status::kArchitectureMismatch);
  return create(handle);
}

WHT_CUDNN int cudnnDestroy(Handle* handle) { return destroy(handle); }

WHT_CUDNN int cudnnSetStream(Handle* handle, void*) {
  if (!is_live(handle)) return number(Status::kBadParameter);
  handle->has_stream = true;
  return 0;
}

WHT_CUDNN int cudnnCreateTensorDescriptor(Tensor** tensor) { return create(tensor); }
WHT_CUDNN int cudnnDestroyTensorDescriptor(Tensor* tensor) { return destroy(tensor); }

WHT_CUDNN int cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h, int w) {
  if (!is_live(tensor) || !known_format(format) || !known_type(type)) return number(Status::kBadParameter);
  if (n <= 0 || c <= 0 || h <= 0 || w <= 0) return number(Status::kBadParameter);
  if (static_cast<double>(n) * c * h * w >= 2147483648.0) return number(Status::kNotSupported);
  tensor->set = true;
  tensor->format = format;
  tensor->type = type;
  tensor->n = n;
  tensor->c = c;
  tensor->h = h;
  tensor->w = w;
  return 0;
}

WHT_CUDNN int cudnnCreateFilterDescriptor(Filter** filter) { return create(filter); }
WHT_CUDNN int cudnnDestroyFilterDescriptor(Filter* filter) { return destroy(filter); }

WHT_CUDNN int cudnnSetFilter4dDescriptor(Filter* filter, int type, int format, int k, int c, int h, int w) {
  if (!is_live(filter) || !known_format(format) || !known_type(type)) return number(Status::kBadParameter);
  if (k <= 0 || c <= 0 || h <= 0 || w <= 0) return number(Status::kBadParameter);
  filter->set = true;
  filter->format = format;
  filter->type = type;
  filter->k = k;
  filter->c = c;
  filter->h = h;
  filter->w = w;
  return 0;
}

WHT_CUDNN int cudnnCreateConvolutionDescriptor(Convolution** convolution) { return create(convolution); }
WHT_CUDNN int cudnnDestroyConvolutionDescriptor(Convolution* convolution) { return destroy(convolution); }

WHT_CUDNN int cudnnSetConvolution2dDescriptor(Convolution* convolution, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h,
                                              int dilation_w, int mode, int compute_type) {
  if (!is_live(convolution) || pad_h < 0 || pad_w < 0 || stride_h <= 0 || stride_w <= 0) return number(Status::kBadParameter);
  if (dilation_h != 1 || dilation_w != 1 || mode != kCrossCorrelation || compute_type != kFloat) return number(Status::kBadParameter);
  convolution->set = true;
  convolution->pad_h = pad_h;
  convolution->pad_w = pad_w;
  convolution->stride_h = stride_h;
  convolution->stride_w = stride_w;
  return 0;
}

WHT_CUDNN int cudnnSetConvolutionGroupCount(Convolution* convolution, int groups) {
  if (!is_set(convolution) || groups <= 0) return number(Status::kBadParameter);
  convolution->groups = groups;
  return 0;
}

WHT_CUDNN int cudnnSetConvolutionMathType(Convolution* convolution, int math) {
  const int last = version() >= kFirstWithTf32 ? kFmaMath : kFmaMath - 1;
  if (!is_set(convolution) || math < 0 || math > last) return number(Status::kBadParameter);
  convolution->math = math;
  return 0;
}

WHT_CUDNN int cudnnCreateActivationDescriptor(Activation** activation) { return create(activation); }
WHT_CUDNN int cudnnDestroyActivationDescriptor(Activation* activation) { return destroy(activation); }

WHT_CUDNN int cudnnSetActivationDescriptor(Activation* activation, int mode, int nan_propagation, double) {
  if (!is_live(activation) || mode < 0 || mode > kIdentity || nan_propagation != 0) return number(Status::kBadParameter);
  activation->set = true;
  activation->mode = mode;
  return 0;
}

WHT_CUDNN int cudnnGetConvolutionForwardWorkspaceSize(Handle* handle, Tensor* x, Filter* w, Convolution* convolution, Tensor* y,
                                                      int algorithm, size_t* bytes) {
  if (!is_live(handle) || bytes == nullptr) return number(Status::kBadParameter);
  const Status status = Problem{x, w, convolution, y, algorithm}.check();
  if (status == Status::kSuccess) *bytes = workspace_bytes(algorithm);
  return number(status);
}

WHT_CUDNN int cudnnConvolutionForward(Handle* handle, const void* alpha, Tensor* x, const void* x_data, Filter* w, const void* w_data,
                                      Convolution* convolution, int algorithm, void* workspace, size_t workspace_bytes, const void* beta,
                                      Tensor* y, void* y_data) {
  if (!is_live(handle) || !handle->has_stream) return number(Status::kBadParameter);
  const Use use(handle);
  if (!use.alone() || !is(alpha, 1) || !is(beta, 0)) return number(Status::kBadParameter);
  const Problem problem{x, w, convolution, y, algorithm};
  const Status status = problem.check_data(x_data, w_data, workspace, workspace_bytes, y_data);
  if (status == Status::kSuccess) problem.compute(x_data, w_data, workspace, y_data, false, [](double sum, int) { return sum; });
  return number(status);
}

WHT_CUDNN int cudnnConvolutionBiasActivationForward(Handle* handle, const void* alpha1, Tensor* x, const void* x_data, Filter* w,
                                                    const void* w_data, Convolution* convolution, int algorithm, void* workspace,
                                                    size_t workspace_bytes, const void* alpha2, Tensor* z, const void* z_data, Tensor* bias,
                                                    const void* bias_data, Activation* activation, Tensor* y, void* y_data) {
  if (!is_live(handle) || !handle->has_stream) return number(Status::kBadParameter);
  const Use use(handle);
  if (!use.alone() || !is(alpha1, 1) || !is(alpha2, 0) || z != y || z_data != y_data) return number(Status::kBadParameter);
  if (!is_set(bias) || !is_set(activation) || !aligned(bias_data)) return number(Status::kBadParameter);
  const Problem problem{x, w, convolution, y, algorithm};
  const Status status = problem.check_data(x_data, w_data, workspace, workspace_bytes, y_data);
  if (status != Status::kSuccess) return number(status);
  if (bias->n != 1 || bias->c != y->c || bias->h != 1 || bias->w != 1 || bias->type != y->type) return number(Status::kBadParameter);
  const bool relu = activation->mode == kRelu;
  if (!relu && (activation->mode != kIdentity || algorithm != kPrecompGemm)) return number(Status::kNotSupported);
  if (setting("FUSED", "") == "unsupported") return number(Status::kNotSupported);
  const bool keeps_nan = setting("NAN", "") == "kept";
  problem.compute(x_data, w_data, workspace, y_data, true, [&](double sum, int channel) {
    const double value = sum + load(bias_data, bias->type, false, channel);
    if (!relu || (keeps_nan && std::isnan(value))) return value;
    return value > 0 ? value : 0.0;
  });
  return number(Status::kSuccess);
}
