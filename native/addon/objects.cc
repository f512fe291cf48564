#include "objects.h"

#include <cmath>
#include <vector>

#include "errors.h"

namespace wht {
namespace {

EnvironmentData& data_of(Napi::Env env) { return *env.GetInstanceData<EnvironmentData>(); }

int32_t number(const Napi::Object& description, const char* name) { return description.Get(name).As<Napi::Number>().Int32Value(); }

/* The values of a Float32Array, or NULL where it is empty. They stay put while JavaScript doesn't run. */
const float* floats(const Napi::Object& description, const char* name) {
  const auto array = description.Get(name).As<Napi::Float32Array>();
  return array.ElementLength() == 0 ? nullptr : array.Data();
}

[[noreturn]] void throw_released(Napi::Env env, const char* what) {
  throw_error(env, "ERR_WHT_DISPOSED", std::string("Expected a live ") + what + ", got one that was disposed");
}

BufferObject& buffer_of(const Napi::Value& value) {
  auto* object = BufferObject::Unwrap(value.As<Napi::Object>());
  if (object->buffer() == nullptr) throw_released(value.Env(), "tensor");
  return *object;
}

wht_operation* operation_of(const Napi::Value& value) {
  auto* object = OperationObject::Unwrap(value.As<Napi::Object>());
  if (object->operation() == nullptr) throw_released(value.Env(), "layer");
  return object->operation();
}

}  // namespace

/* ---- BufferObject ---- */

Napi::Function BufferObject::define(Napi::Env env) {
  return DefineClass(env, "NativeBuffer", {InstanceMethod<&BufferObject::release>("release")});
}

BufferObject::BufferObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BufferObject>(info) {}

BufferObject::~BufferObject() {
  if (buffer_ == nullptr) return;
  session_->remove(this);
  free_now();
}

void BufferObject::own(std::shared_ptr<Session> session, wht_buffer* buffer, uint64_t count, wht_dtype dtype, bool shares) {
  session_ = std::move(session);
  buffer_ = buffer;
  count_ = count;
  dtype_ = dtype;
  // The garbage collector is told of memory once.
  external_ = shares ? 0 : bytes();
  session_->add(this);
  Napi::MemoryManagement::AdjustExternalMemory(session_->env(), external_);
}

int64_t BufferObject::bytes() const { return static_cast<int64_t>(count_) * (dtype_ == WHT_FLOAT16 ? 2 : 4); }

Napi::Value BufferObject::view(Napi::Env env) {
  void* memory = session_->backend().host_pointer(buffer_);
  const auto array = Napi::ArrayBuffer::New(env, memory, static_cast<size_t>(bytes()), [](Napi::Env, void*) {});
  // lib/tensor.ts keeps this object alive as long as the array; releasing it empties the array.
  view_ = Napi::Weak(array);
  return array;
}

void BufferObject::free_now() {
  if (!view_.IsEmpty()) {
    const Napi::HandleScope scope(session_->env());
    Napi::ArrayBuffer view = view_.Value();
    if (!view.IsEmpty() && !view.IsDetached()) view.Detach();
    view_.Reset();
  }
  session_->backend().release_buffer(session_->device(), buffer_);
  buffer_ = nullptr;
  Napi::MemoryManagement::AdjustExternalMemory(session_->env(), -external_);
}

Napi::Value BufferObject::release(const Napi::CallbackInfo& info) {
  if (buffer_ != nullptr) {
    session_->remove(this);
    free_now();
  }
  return info.Env().Undefined();
}

/* ---- OperationObject ---- */

Napi::Function OperationObject::define(Napi::Env env) {
  return DefineClass(env, "NativeOperation", {InstanceMethod<&OperationObject::release>("release")});
}

OperationObject::OperationObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<OperationObject>(info) {}

OperationObject::~OperationObject() {
  if (operation_ == nullptr) return;
  session_->remove(this);
  free_now();
}

void OperationObject::own(std::shared_ptr<Session> session, wht_operation* operation) {
  session_ = std::move(session);
  operation_ = operation;
  bytes_ = static_cast<int64_t>(session_->backend().operation_bytes(operation));
  session_->add(this);
  Napi::MemoryManagement::AdjustExternalMemory(session_->env(), bytes_);
}

void OperationObject::free_now() {
  session_->backend().release_operation(session_->device(), operation_);
  operation_ = nullptr;
  Napi::MemoryManagement::AdjustExternalMemory(session_->env(), -bytes_);
}

Napi::Value OperationObject::release(const Napi::CallbackInfo& info) {
  if (operation_ != nullptr) {
    session_->remove(this);
    free_now();
  }
  return info.Env().Undefined();
}

/* ---- DeviceObject ---- */

namespace {

/* A point in the stream. */
class Event final : public Resource {
 public:
  Event(std::shared_ptr<Session> session, wht_event* event) : session_(std::move(session)), event_(event) { session_->add(this); }
  ~Event() override {
    if (event_ == nullptr) return;
    session_->remove(this);
    free_now();
  }
  wht_event* event() const { return event_; }
  void free_now() override {
    session_->backend().release_event(session_->device(), event_);
    event_ = nullptr;
  }

 private:
  std::shared_ptr<Session> session_;
  wht_event* event_;
};

}  // namespace

Napi::Function DeviceObject::define(Napi::Env env) {
  return DefineClass(env, "NativeDevice",
                     {
                         InstanceMethod<&DeviceObject::info>("info"),
                         InstanceMethod<&DeviceObject::memory>("memory"),
                         InstanceMethod<&DeviceObject::allocate>("allocate"),
                         InstanceMethod<&DeviceObject::slice>("slice"),
                         InstanceMethod<&DeviceObject::zero>("zero"),
                         InstanceMethod<&DeviceObject::write>("write"),
                         InstanceMethod<&DeviceObject::read>("read"),
                         InstanceMethod<&DeviceObject::read_sync>("readSync"),
                         InstanceMethod<&DeviceObject::view>("view"),
                         InstanceMethod<&DeviceObject::prepare_block_transform>("prepareBlockTransform"),
                         InstanceMethod<&DeviceObject::prepare_convolution>("prepareConvolution"),
                         InstanceMethod<&DeviceObject::convolution_parameters>("convolutionParameters"),
                         InstanceMethod<&DeviceObject::convolution_algorithms>("convolutionAlgorithms"),
                         InstanceMethod<&DeviceObject::prepare_spectral_threshold>("prepareSpectralThreshold"),
                         InstanceMethod<&DeviceObject::prepare_affine>("prepareAffine"),
                         InstanceMethod<&DeviceObject::prepare_pool>("preparePool"),
                         InstanceMethod<&DeviceObject::prepare_crop_or_pad>("prepareCropOrPad"),
                         InstanceMethod<&DeviceObject::prepare_global_average_pool>("prepareGlobalAveragePool"),
                         InstanceMethod<&DeviceObject::prepare_binary>("prepareBinary"),
                         InstanceMethod<&DeviceObject::prepare_copy>("prepareCopy"),
                         InstanceMethod<&DeviceObject::submit>("submit"),
                         InstanceMethod<&DeviceObject::mark>("mark"),
                         InstanceMethod<&DeviceObject::elapsed>("elapsed"),
                         InstanceMethod<&DeviceObject::synchronize>("synchronize"),
                         InstanceMethod<&DeviceObject::close>("close"),
                     });
}

DeviceObject::DeviceObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<DeviceObject>(info) {}

Napi::Value DeviceObject::info(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_device_info known{};
  session_->backend().info(session_->device(), &known);
  auto object = Napi::Object::New(info.Env());
  object.Set("name", known.name);
  object.Set("backend", known.backend);
  object.Set("threads", known.threads);
  object.Set("simd", known.simd);
  object.Set("memoryTotal", static_cast<double>(known.memory_total));
  object.Set("memoryFree", static_cast<double>(known.memory_free));
  object.Set("computeCapability", known.compute_capability);
  object.Set("driver", known.driver);
  object.Set("cudnn", known.cudnn);
  return object;
}

Napi::Value DeviceObject::memory(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_memory_use use{};
  session_->backend().memory(session_->device(), &use);
  auto object = Napi::Object::New(info.Env());
  object.Set("current", static_cast<double>(use.current));
  object.Set("peak", static_cast<double>(use.peak));
  object.Set("workspace", static_cast<double>(use.workspace));
  return object;
}

Napi::Value DeviceObject::allocate(const Napi::CallbackInfo& info) {
  session_->expect_open();
  const auto count = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  const auto dtype = static_cast<wht_dtype>(info[1].As<Napi::Number>().Int32Value());
  const bool host_visible = info[2].As<Napi::Boolean>();
  // The object first: if JavaScript ends now, there is nothing to leak yet.
  const Napi::Object object = data_of(info.Env()).buffer_class.New({});
  wht_buffer* buffer = nullptr;
  wht_error error{};
  session_->check(session_->backend().allocate(session_->device(), count, dtype, host_visible, &buffer, &error), error);
  BufferObject::Unwrap(object)->own(session_, buffer, count, dtype, false);
  return object;
}

Napi::Value DeviceObject::slice(const Napi::CallbackInfo& info) {
  session_->expect_open();
  const BufferObject& whole = buffer_of(info[0]);
  const auto offset = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  const auto count = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value());
  const Napi::Object object = data_of(info.Env()).buffer_class.New({});
  wht_buffer* part = nullptr;
  wht_error error{};
  session_->check(session_->backend().slice(session_->device(), whole.buffer(), offset, count, &part, &error), error);
  BufferObject::Unwrap(object)->own(session_, part, count, whole.dtype(), true);
  return object;
}

Napi::Value DeviceObject::zero(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_error error{};
  wht_buffer* buffer = buffer_of(info[0]).buffer();
  session_->check(session_->backend().zero(session_->device(), buffer, &error), error);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::write(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_error error{};
  wht_buffer* buffer = buffer_of(info[0]).buffer();
  const auto data = info[1].As<Napi::Float32Array>();
  session_->check(session_->backend().write(session_->device(), buffer, data.Data(), &error), error);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::read(const Napi::CallbackInfo& info) {
  session_->expect_open();
  const BufferObject& object = buffer_of(info[0]);
  auto values = Napi::Float32Array::New(info.Env(), static_cast<size_t>(object.count()));
  auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(values.As<Napi::Object>()));
  return session_->when_done(
      info.This().As<Napi::Object>(),
      [&](wht_callback callback, void* context, wht_error* error) {
        return session_->backend().read(session_->device(), object.buffer(), values.Data(), callback, context, error);
      },
      [kept](Napi::Env) -> Napi::Value { return kept->Value(); });
}

Napi::Value DeviceObject::read_sync(const Napi::CallbackInfo& info) {
  session_->expect_open();
  const BufferObject& object = buffer_of(info[0]);
  auto values = Napi::Float32Array::New(info.Env(), static_cast<size_t>(object.count()));
  // Synchronising would take the failure that the read's callback is to report, so the callback keeps it.
  wht_error failure{}, error{};
  const auto keep = [](void* context, const wht_error* reported) {
    if (reported != nullptr) *static_cast<wht_error*>(context) = *reported;
  };
  session_->check(session_->backend().read(session_->device(), object.buffer(), values.Data(), keep, &failure, &error), error);
  session_->check(session_->backend().synchronize(session_->device(), &error), error);
  session_->check(failure.status, failure);
  return values;
}

Napi::Value DeviceObject::view(const Napi::CallbackInfo& info) {
  session_->expect_open();
  return buffer_of(info[0]).view(info.Env());
}

template <class Description>
Napi::Value DeviceObject::prepare(Napi::Env env, const Description& description,
                                  wht_status (*function)(wht_device*, const Description*, wht_operation**, wht_error*)) {
  session_->expect_open();
  const Napi::Object object = data_of(env).operation_class.New({});
  wht_operation* operation = nullptr;
  wht_error error{};
  session_->check(function(session_->device(), &description, &operation, &error), error);
  OperationObject::Unwrap(object)->own(session_, operation);
  return object;
}

Napi::Value DeviceObject::prepare_block_transform(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  const auto starts = given.Get("blockStarts").As<Napi::Int32Array>();
  wht_block_transform d{};
  d.dtype = static_cast<wht_dtype>(number(given, "dtype"));
  d.layout = static_cast<wht_layout>(number(given, "layout"));
  d.over_plane = given.Get("overPlane").As<Napi::Boolean>();
  d.in_channels = number(given, "inChannels");
  d.out_channels = number(given, "outChannels");
  d.block_height = number(given, "blockHeight");
  d.block_width = number(given, "blockWidth");
  d.stride = number(given, "stride");
  d.block_starts = starts.ElementLength() == 0 ? nullptr : starts.Data();
  d.block_start_count = static_cast<int32_t>(starts.ElementLength());
  d.inverse = given.Get("inverse").As<Napi::Boolean>();
  d.ordering = static_cast<wht_ordering>(number(given, "ordering"));
  d.scale = given.Get("scale").As<Napi::Number>().FloatValue();
  d.nonlinearity = static_cast<wht_nonlinearity>(number(given, "nonlinearity"));
  d.thresholds = floats(given, "thresholds");
  d.weights = floats(given, "weights");
  return prepare(info.Env(), d, session_->backend().prepare_block_transform);
}

Napi::Value DeviceObject::prepare_convolution(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  wht_convolution d{};
  d.dtype = static_cast<wht_dtype>(number(given, "dtype"));
  d.layout = static_cast<wht_layout>(number(given, "layout"));
  d.in_channels = number(given, "inChannels");
  d.out_channels = number(given, "outChannels");
  d.kernel_size = number(given, "kernelSize");
  d.stride = number(given, "stride");
  d.groups = number(given, "groups");
  d.activation = static_cast<wht_activation>(number(given, "activation"));
  d.tf32 = given.Get("tf32").As<Napi::Boolean>();
  d.inexact = given.Get("inexact").As<Napi::Boolean>();
  d.kernel = floats(given, "kernel");
  d.scale = floats(given, "scale");
  d.bias = floats(given, "bias");
  return prepare(info.Env(), d, session_->backend().prepare_convolution);
}

Napi::Value DeviceObject::convolution_parameters(const Napi::CallbackInfo& info) {
  session_->expect_open();
  auto kernel = info[1].As<Napi::Float32Array>(), bias = info[2].As<Napi::Float32Array>();
  float* bias_data = bias.ElementLength() == 0 ? nullptr : bias.Data();
  wht_operation* operation = operation_of(info[0]);
  wht_error error{};
  session_->check(session_->backend().convolution_parameters(session_->device(), operation, kernel.Data(), bias_data, &error), error);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::convolution_algorithms(const Napi::CallbackInfo& info) {
  session_->expect_open();
  // As many as a backend has any use for: cuDNN has eight, in two layouts, with or without bias and activation.
  constexpr int32_t kCapacity = 64;
  const auto table = std::make_shared<std::vector<wht_algorithm>>(kCapacity);
  const auto size = [&](size_t at) { return info[at].As<Napi::Number>().Int64Value(); };
  const wht_shape shape{size(1), size(2), size(3), size(4)};
  wht_operation* operation = operation_of(info[0]);
  return session_->when_done(
      info.This().As<Napi::Object>(),
      [&](wht_callback callback, void* context, wht_error* error) {
        return session_->backend().convolution_algorithms(session_->device(), operation, &shape, table->data(), kCapacity, callback,
                                                          context, error);
      },
      [table](Napi::Env env) -> Napi::Value {
        auto listing = Napi::Array::New(env);
        for (const wht_algorithm& algorithm : *table) {
          if (algorithm.name[0] == '\0') break;
          auto entry = Napi::Object::New(env);
          entry.Set("name", algorithm.name);
          entry.Set("layout", static_cast<int32_t>(algorithm.layout));
          entry.Set("fused", algorithm.fused != 0);
          entry.Set("milliseconds", algorithm.milliseconds);
          entry.Set("workspace", static_cast<double>(algorithm.workspace));
          entry.Set("chosen", algorithm.chosen != 0);
          entry.Set("reason", algorithm.reason);
          listing.Set(listing.Length(), entry);
        }
        return listing;
      });
}

Napi::Value DeviceObject::prepare_spectral_threshold(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  wht_spectral_threshold d{};
  d.dtype = static_cast<wht_dtype>(number(given, "dtype"));
  d.layout = static_cast<wht_layout>(number(given, "layout"));
  d.over_plane = given.Get("overPlane").As<Napi::Boolean>();
  d.points = number(given, "points");
  d.unchanged = number(given, "unchanged");
  d.window = number(given, "window");
  d.adds = given.Get("adds").As<Napi::Boolean>();
  d.nonlinearity = static_cast<wht_nonlinearity>(number(given, "nonlinearity"));
  d.thresholds = floats(given, "thresholds");
  d.weights = floats(given, "weights");
  return prepare(info.Env(), d, session_->backend().prepare_spectral_threshold);
}

Napi::Value DeviceObject::prepare_affine(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  wht_affine d{};
  d.dtype = static_cast<wht_dtype>(number(given, "dtype"));
  d.layout = static_cast<wht_layout>(number(given, "layout"));
  d.channels = number(given, "channels");
  d.adds = given.Get("adds").As<Napi::Boolean>();
  d.activation = static_cast<wht_activation>(number(given, "activation"));
  d.scale = floats(given, "scale");
  d.shift = floats(given, "shift");
  return prepare(info.Env(), d, session_->backend().prepare_affine);
}

Napi::Value DeviceObject::prepare_pool(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  const wht_pool d{static_cast<wht_dtype>(number(given, "dtype")),
                   static_cast<wht_layout>(number(given, "layout")),
                   static_cast<wht_pool_function>(number(given, "function")),
                   number(given, "size"),
                   number(given, "stride"),
                   number(given, "padding")};
  return prepare(info.Env(), d, session_->backend().prepare_pool);
}

Napi::Value DeviceObject::prepare_crop_or_pad(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  const wht_crop_or_pad d{static_cast<wht_dtype>(number(given, "dtype")), static_cast<wht_layout>(number(given, "layout")),
                          number(given, "height"), number(given, "width"), number(given, "channels")};
  return prepare(info.Env(), d, session_->backend().prepare_crop_or_pad);
}

Napi::Value DeviceObject::prepare_global_average_pool(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  const wht_global_average_pool d{static_cast<wht_dtype>(number(given, "dtype")), static_cast<wht_layout>(number(given, "layout"))};
  return prepare(info.Env(), d, session_->backend().prepare_global_average_pool);
}

Napi::Value DeviceObject::prepare_binary(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  const wht_binary d{static_cast<wht_dtype>(number(given, "dtype")), static_cast<wht_layout>(number(given, "layout")),
                     static_cast<wht_binary_function>(number(given, "function")), static_cast<wht_broadcast>(number(given, "broadcast")),
                     given.Get("scalar").As<Napi::Number>().FloatValue()};
  return prepare(info.Env(), d, session_->backend().prepare_binary);
}

Napi::Value DeviceObject::prepare_copy(const Napi::CallbackInfo& info) {
  const wht_copy d{static_cast<wht_dtype>(number(info[0].As<Napi::Object>(), "dtype"))};
  return prepare(info.Env(), d, session_->backend().prepare_copy);
}

Napi::Value DeviceObject::submit(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_operation* operation = operation_of(info[0]);
  wht_buffer* output = buffer_of(info[1]).buffer();
  const auto size = [&](size_t at) { return info[at].As<Napi::Number>().Int64Value(); };
  const wht_shape shape{size(2), size(3), size(4), size(5)};
  wht_buffer* input = buffer_of(info[6]).buffer();
  wht_buffer* second = info[7].IsUndefined() ? nullptr : buffer_of(info[7]).buffer();
  wht_error error{};
  session_->check(session_->backend().submit(session_->device(), operation, &shape, input, second, output, &error), error);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::mark(const Napi::CallbackInfo& info) {
  session_->expect_open();
  wht_event* event = nullptr;
  wht_error error{};
  session_->check(session_->backend().mark(session_->device(), &event, &error), error);
  auto owned = std::make_unique<Event>(session_, event);
  const auto external = Napi::External<Event>::New(info.Env(), owned.get(), [](Napi::Env, Event* dropped) { delete dropped; });
  (void)owned.release();  // the external has it now
  return external;
}

Napi::Value DeviceObject::elapsed(const Napi::CallbackInfo& info) {
  session_->expect_open();
  const auto start = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info[0].As<Napi::Object>()));
  const auto end = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info[1].As<Napi::Object>()));
  return session_->when_done(
      info.This().As<Napi::Object>(),
      [&](wht_callback callback, void* context, wht_error* error) {
        return session_->backend().notify(session_->device(), callback, context, error);
      },
      [start, end, session = session_](Napi::Env env) -> Napi::Value {
        session->expect_open();
        const auto event = [](const Napi::ObjectReference& reference) {
          return reference.Value().As<Napi::External<Event>>().Data()->event();
        };
        const double milliseconds = session->backend().elapsed(session->device(), event(*start), event(*end));
        if (std::isnan(milliseconds)) throw_error(env, "ERR_WHT_CUDA", "The device could not say how long it took");
        return Napi::Number::New(env, milliseconds);
      });
}

Napi::Value DeviceObject::synchronize(const Napi::CallbackInfo& info) {
  session_->expect_open();
  return session_->when_done(
      info.This().As<Napi::Object>(),
      [&](wht_callback callback, void* context, wht_error* error) {
        return session_->backend().notify(session_->device(), callback, context, error);
      },
      [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
}

Napi::Value DeviceObject::close(const Napi::CallbackInfo& info) {
  session_->close(true);
  return info.Env().Undefined();
}

}  // namespace wht
