#include "stream.h"

#include <cstdio>
#include <future>

#include "spin.h"

namespace wht {

wht_status report(wht_error* error, wht_status status, const std::string& message) {
  if (error != nullptr) {
    error->status = status;
    std::snprintf(error->message, sizeof error->message, "%s", message.c_str());
  }
  return status;
}

namespace {

/* A callback is a command like any other, but it also runs after a failure and when the queue is dropped. */
class Notification final : public Stream::Command {
 public:
  Notification(wht_callback callback, void* context, wht_error* failure) : callback_(callback), context_(context), failure_(failure) {}

  const char* name() const override { return "notification"; }

  void run() override {
    if (failure_->status == WHT_OK) return callback_(context_, nullptr);
    const wht_error failure = *failure_;
    *failure_ = wht_error{};
    callback_(context_, &failure);
  }

 private:
  wht_callback callback_;
  void* context_;
  wht_error* failure_;
};

}  // namespace

Stream::Stream() : thread_([this] { work(); }) {}

Stream::~Stream() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Stream::halt() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    halted_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Stream::push(std::unique_ptr<Command> command) { enqueue(std::move(command), nullptr); }

void Stream::push(std::unique_ptr<Command> command, wht_callback callback, void* context) {
  enqueue(std::move(command), std::unique_ptr<Command>(new Notification(callback, context, &failure_)));
}

void Stream::notify(wht_callback callback, void* context) {
  enqueue(std::unique_ptr<Command>(new Notification(callback, context, &failure_)), nullptr);
}

void Stream::enqueue(std::unique_ptr<Command> first, std::unique_ptr<Command> second) {
  bool asleep;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(first));
    if (second != nullptr) {
      try {
        queue_.push_back(std::move(second));
      } catch (...) {
        queue_.pop_back();
        throw;
      }
    }
    waiting_.store(queue_.size(), std::memory_order_release);
    asleep = asleep_;
  }
  // Waking a thread costs microseconds of the JavaScript thread's time; one that still looks at the queue needs no waking.
  if (asleep) wake_.notify_one();
}

template <class Start>
wht_error Stream::wait_for_callback(const Start& start) {
  // The callback owns a share of the promise: it may still be inside set_value when the future here is already satisfied.
  using Promise = std::shared_ptr<std::promise<wht_error>>;
  const auto promise = std::make_shared<std::promise<wht_error>>();
  auto future = promise->get_future();
  auto shared = std::unique_ptr<Promise>(new Promise(promise));
  start(
      [](void* context, const wht_error* failure) {
        const std::unique_ptr<Promise> owned(static_cast<Promise*>(context));
        (*owned)->set_value(failure == nullptr ? wht_error{} : *failure);
      },
      shared.get());
  (void)shared.release();  // the callback has it now
  return future.get();
}

wht_error Stream::synchronize() {
  return wait_for_callback([this](wht_callback callback, void* context) { notify(callback, context); });
}

wht_error Stream::push_and_wait(std::unique_ptr<Command> command) {
  return wait_for_callback([&](wht_callback callback, void* context) { push(std::move(command), callback, context); });
}

void Stream::cancel() { cancelled_ = true; }

void Stream::work() {
  const auto ready = [this] { return waiting_.load(std::memory_order_acquire) > 0; };
  for (;;) {
    spin_until(ready);
    std::unique_ptr<Command> command;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      asleep_ = true;
      wake_.wait(lock, [this] { return !queue_.empty() || stopping_ || halted_; });
      asleep_ = false;
      if (queue_.empty() || halted_) return;
      command = std::move(queue_.front());
      queue_.pop_front();
      waiting_.store(queue_.size(), std::memory_order_release);
    }
    run(*command);
  }
}

void Stream::run(Command& command) {
  const bool notification = dynamic_cast<Notification*>(&command) != nullptr;
  if (cancelled_) {
    if (!notification) return;
    report(&failure_, WHT_ERROR_EXECUTION, "the device was closed before this work began");
  }
  wht_error failure{};
  if (guarded(&failure, [&] { command.run(); }) == WHT_OK || failure_.status != WHT_OK) return;
  report(&failure_, failure.status, std::string("The operation '") + command.name() + "' failed: " + failure.message);
}

}  // namespace wht
