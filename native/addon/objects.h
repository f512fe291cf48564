/* The JavaScript objects that lib/native.ts describes. They compute nothing: they hand arguments to the backend. */
#ifndef WHT_ADDON_OBJECTS_H
#define WHT_ADDON_OBJECTS_H

#include <napi.h>

#include <memory>

#include "session.h"

namespace wht {

/** Device memory. The garbage collector is told of its size. */
class BufferObject final : public Napi::ObjectWrap<BufferObject>, public Resource {
 public:
  static Napi::Function define(Napi::Env env);
  explicit BufferObject(const Napi::CallbackInfo& info);
  ~BufferObject() override;

  /** @param shares whether its memory is another buffer's, too */
  void own(std::shared_ptr<Session> session, wht_buffer* buffer, uint64_t count, wht_dtype dtype, bool shares);
  wht_buffer* buffer() const { return buffer_; }
  uint64_t count() const { return count_; }
  wht_dtype dtype() const { return dtype_; }
  Napi::Value view(Napi::Env env);
  void free_now() override;

 private:
  Napi::Value release(const Napi::CallbackInfo& info);
  int64_t bytes() const;

  std::shared_ptr<Session> session_;
  wht_buffer* buffer_ = nullptr;
  uint64_t count_ = 0;
  wht_dtype dtype_ = WHT_FLOAT32;
  int64_t external_ = 0;
  Napi::Reference<Napi::ArrayBuffer> view_;
};

/** A prepared operation. The garbage collector is told of its parameters' size. */
class OperationObject final : public Napi::ObjectWrap<OperationObject>, public Resource {
 public:
  static Napi::Function define(Napi::Env env);
  explicit OperationObject(const Napi::CallbackInfo& info);
  ~OperationObject() override;

  void own(std::shared_ptr<Session> session, wht_operation* operation);
  wht_operation* operation() const { return operation_; }
  void free_now() override;

 private:
  Napi::Value release(const Napi::CallbackInfo& info);

  std::shared_ptr<Session> session_;
  wht_operation* operation_ = nullptr;
  int64_t bytes_ = 0;
};

/** An open device. */
class DeviceObject final : public Napi::ObjectWrap<DeviceObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DeviceObject(const Napi::CallbackInfo& info);

  void own(std::shared_ptr<Session> session) { session_ = std::move(session); }

 private:
  Napi::Value info(const Napi::CallbackInfo& info);
  Napi::Value memory(const Napi::CallbackInfo& info);
  Napi::Value allocate(const Napi::CallbackInfo& info);
  Napi::Value slice(const Napi::CallbackInfo& info);
  Napi::Value zero(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value read_sync(const Napi::CallbackInfo& info);
  Napi::Value view(const Napi::CallbackInfo& info);
  Napi::Value prepare_block_transform(const Napi::CallbackInfo& info);
  Napi::Value prepare_convolution(const Napi::CallbackInfo& info);
  Napi::Value convolution_parameters(const Napi::CallbackInfo& info);
  Napi::Value convolution_algorithms(const Napi::CallbackInfo& info);
  Napi::Value prepare_spectral_threshold(const Napi::CallbackInfo& info);
  Napi::Value prepare_affine(const Napi::CallbackInfo& info);
  Napi::Value prepare_pool(const Napi::CallbackInfo& info);
  Napi::Value prepare_crop_or_pad(const Napi::CallbackInfo& info);
  Napi::Value prepare_global_average_pool(const Napi::CallbackInfo& info);
  Napi::Value prepare_binary(const Napi::CallbackInfo& info);
  Napi::Value prepare_copy(const Napi::CallbackInfo& info);
  Napi::Value submit(const Napi::CallbackInfo& info);
  Napi::Value mark(const Napi::CallbackInfo& info);
  Napi::Value elapsed(const Napi::CallbackInfo& info);
  Napi::Value synchronize(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  template <class Description>
  Napi::Value prepare(Napi::Env env, const Description& description,
                      wht_status (*function)(wht_device*, const Description*, wht_operation**, wht_error*));

  std::shared_ptr<Session> session_;
};

}  // namespace wht

#endif
