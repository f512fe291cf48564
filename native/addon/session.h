/* One open device of one JavaScript environment: its backend, what it holds, and the promises that wait for it. */
#ifndef WHT_ADDON_SESSION_H
#define WHT_ADDON_SESSION_H

#include <napi.h>

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "../backend.h"

namespace wht {

class Session;

/** Something that must be freed before its device is: a buffer, an operation, an event. */
class Resource {
 public:
  virtual ~Resource() = default;
  /** Frees it; called once at most. */
  virtual void free_now() = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  /** @param cuda whether errors are CUDA's */
  static std::shared_ptr<Session> open(Napi::Env env, const wht_backend* backend, bool cuda, int32_t index,
                                       const wht_device_options& options);
  ~Session();

  const wht_backend& backend() const { return *backend_; }
  wht_device* device() const { return device_; }
  bool is_open() const { return device_ != nullptr; }
  Napi::Env env() const { return env_; }

  /** Throws the WhtError for a failed call. */
  void check(wht_status status, const wht_error& error) const;
  /** Throws ERR_WHT_DISPOSED unless the device is open. */
  void expect_open() const;

  void add(Resource* resource) { resources_.insert(resource); }
  void remove(Resource* resource) { resources_.erase(resource); }

  /**
   * A promise that is settled when the stream has come so far. `start` queues the work, with the callback and context that it is given;
   * `result` makes the promise's value. `owner` (the JavaScript device) is kept alive until then, and so is the process.
   */
  Napi::Promise when_done(Napi::Object owner, const std::function<wht_status(wht_callback, void*, wht_error*)>& start,
                          std::function<Napi::Value(Napi::Env)> result);

  /** Frees everything. finish: runs what is queued first. Promises that wait are still settled. */
  void close(bool finish);

 private:
  struct Completion;

  Session(Napi::Env env, const wht_backend* backend, bool cuda) : env_(env), backend_(backend), cuda_(cuda) {}
  static void on_done(void* context, const wht_error* error);
  static void settle(Napi::Env env, Napi::Function, Completion* completion);
  void release_dispatcher_if_idle();

  Napi::Env env_;
  const wht_backend* backend_;
  bool cuda_;
  wht_device* device_ = nullptr;
  std::unordered_set<Resource*> resources_;
  napi_threadsafe_function dispatcher_ = nullptr;
  int pending_ = 0;
};

}  // namespace wht

#endif
