/* The queue of one device and the thread that works it off, in order. */
#ifndef WHT_STREAM_STREAM_H
#define WHT_STREAM_STREAM_H

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "../backend.h"

namespace wht {

/** A failure with the status that callers are to see. */
class BackendError : public std::runtime_error {
 public:
  BackendError(wht_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  wht_status status() const { return status_; }

 private:
  wht_status status_;
};

/** Fills in *error (which may be NULL) and returns the status. */
wht_status report(wht_error* error, wht_status status, const std::string& message);

/** Runs `action` and turns what it throws into a status and a message. */
template <class Action>
wht_status guarded(wht_error* error, const Action& action) {
  try {
    action();
    return WHT_OK;
  } catch (const BackendError& failure) {
    return report(error, failure.status(), failure.what());
  } catch (const std::bad_alloc&) {
    return report(error, WHT_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& failure) {
    return report(error, WHT_ERROR_EXECUTION, failure.what());
  }
}

class Stream {
 public:
  /** One step of the queue. */
  class Command {
   public:
    virtual ~Command() = default;
    /** Named in the message if run() throws. */
    virtual const char* name() const = 0;
    virtual void run() = 0;
  };

  Stream();
  /** Runs what is queued, then stops. */
  ~Stream();

  void push(std::unique_ptr<Command> command);
  /** The command, then the callback; both are queued or, if this throws, neither. */
  void push(std::unique_ptr<Command> command, wht_callback callback, void* context);
  /** Calls back when all before has run, with the failure that none has reported yet. */
  void notify(wht_callback callback, void* context);
  /** Blocks until all that is queued has run; returns the failure that no callback has reported yet. */
  wht_error synchronize();
  /** The same, with a command queued before. */
  wht_error push_and_wait(std::unique_ptr<Command> command);
  /** Drops what has not begun; callbacks still come, with an error. */
  void cancel();
  /** Runs nothing more, callbacks neither, and returns when what was running is done. For a process that ends. */
  void halt();

 private:
  void work();
  void run(Command& command);
  void enqueue(std::unique_ptr<Command> first, std::unique_ptr<Command> second);
  template <class Start>
  static wht_error wait_for_callback(const Start& start);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Command>> queue_;
  std::atomic<size_t> waiting_{0};
  bool asleep_ = false;
  bool stopping_ = false;
  bool halted_ = false;
  std::atomic<bool> cancelled_{false};
  wht_error failure_{};  // touched by the stream's thread only
  std::thread thread_;
};

}  // namespace wht

#endif
