#include "session.h"

#include "errors.h"

namespace wht {

struct Session::Completion {
  std::shared_ptr<Session> session;
  Napi::Promise::Deferred deferred;
  Napi::ObjectReference owner;
  std::function<Napi::Value(Napi::Env)> result;
  wht_error error;
};

namespace {

void close_at_exit(void* session) { static_cast<Session*>(session)->close(false); }

}  // namespace

std::shared_ptr<Session> Session::open(Napi::Env env, const wht_backend* backend, bool cuda, int32_t index,
                                       const wht_device_options& options) {
  std::shared_ptr<Session> session(new Session(env, backend, cuda));
  wht_error error{};
  session->check(backend->open(index, &options, &session->device_, &error), error);

  // Carries completions from the stream's thread. Unreferenced: it keeps the process alive only while promises wait.
  const napi_status created = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, "wht-layers"), 0, 1, nullptr, nullptr, nullptr,
      [](napi_env env, napi_value, void*, void* data) { settle(Napi::Env(env), Napi::Function(), static_cast<Completion*>(data)); },
      &session->dispatcher_);
  if (created != napi_ok) throw_error(env, "ERR_WHT_DEVICE", "Node.js could not create the channel for completions");
  napi_unref_threadsafe_function(env, session->dispatcher_);
  // An environment that ends (a worker that is terminated) must not leave threads behind that write to its memory.
  napi_add_env_cleanup_hook(env, close_at_exit, session.get());
  return session;
}

Session::~Session() { close(false); }

void Session::check(wht_status status, const wht_error& error) const {
  if (status != WHT_OK) throw_error(env_, error_code(status, cuda_), error.message);
}

void Session::expect_open() const {
  if (!is_open()) throw_error(env_, "ERR_WHT_DISPOSED", "Expected an open device, got one that was closed");
}

Napi::Promise Session::when_done(Napi::Object owner, const std::function<wht_status(wht_callback, void*, wht_error*)>& start,
                                 std::function<Napi::Value(Napi::Env)> result) {
  auto completion = std::unique_ptr<Completion>(
      new Completion{shared_from_this(), Napi::Promise::Deferred::New(env_), Napi::Persistent(owner), std::move(result), wht_error{}});
  const Napi::Promise promise = completion->deferred.Promise();
  wht_error error{};
  check(start(on_done, completion.get(), &error), error);
  (void)completion.release();  // on_done has it now
  if (pending_++ == 0) napi_ref_threadsafe_function(env_, dispatcher_);
  return promise;
}

void Session::on_done(void* context, const wht_error* error) {
  auto* completion = static_cast<Completion*>(context);
  if (error != nullptr) completion->error = *error;
  // Refused only while the environment ends: then nobody waits, and references to its objects must not be touched from here.
  napi_call_threadsafe_function(completion->session->dispatcher_, completion, napi_tsfn_nonblocking);
}

void Session::settle(Napi::Env env, Napi::Function, Completion* raw) {
  if (env == nullptr) return;  // the environment ends, and its references with it
  const std::unique_ptr<Completion> completion(raw);
  const Napi::HandleScope scope(env);
  const std::shared_ptr<Session> session = completion->session;
  const wht_error& failure = completion->error;
  try {
    if (failure.status != WHT_OK) {
      completion->deferred.Reject(make_error(env, error_code(failure.status, session->cuda_), failure.message));
    } else {
      try {
        completion->deferred.Resolve(completion->result(env));
      } catch (const Napi::Error& error) {
        completion->deferred.Reject(error.Value());
      }
    }
  } catch (const Napi::Error&) {
    // A worker that is being terminated runs no more JavaScript, so there is nobody left to tell.
  }
  if (--session->pending_ == 0) {
    napi_unref_threadsafe_function(env, session->dispatcher_);
    session->release_dispatcher_if_idle();
  }
}

void Session::close(bool finish) {
  if (!is_open()) return;
  napi_remove_env_cleanup_hook(env_, close_at_exit, this);
  // Freeing takes resources out of the set.
  const auto resources = std::move(resources_);
  resources_.clear();
  for (Resource* resource : resources) resource->free_now();
  backend_->close(device_, finish);
  device_ = nullptr;
  release_dispatcher_if_idle();
}

void Session::release_dispatcher_if_idle() {
  if (is_open() || pending_ > 0 || dispatcher_ == nullptr) return;
  napi_release_threadsafe_function(dispatcher_, napi_tsfn_release);
  dispatcher_ = nullptr;
}

}  // namespace wht
