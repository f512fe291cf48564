/* Commands of the queue that issue work to the GPU, or wait for it, and say whose a failure may be. */
#ifndef WHT_CUDA_ISSUE_H
#define WHT_CUDA_ISSUE_H

#include <memory>
#include <string>
#include <utility>

#include "../stream/stream.h"
#include "execution.h"

namespace wht {
namespace cuda {

/** Work that is issued to the GPU. Its failure may be that of work issued before, so the message names all that is under way. */
template <class Action>
class Issue final : public Stream::Command {
 public:
  /** @param waits whether it only waits for the GPU, and is not what fails there */
  Issue(Execution& execution, const char* name, bool waits, Action action)
      : execution_(execution), name_(name), waits_(waits), action_(std::move(action)) {}

  const char* name() const override { return failed_.empty() ? name_ : failed_.c_str(); }

  void run() override {
    if (!waits_) execution_.issued(name_);
    try {
      action_();
    } catch (const BackendError& failure) {
      // Memory is refused at once, to whoever asks for it.
      if (failure.status() == WHT_ERROR_EXECUTION) failed_ = execution_.names_issued();
      throw;
    }
  }

 private:
  Execution& execution_;
  const char* name_;
  bool waits_;
  std::string failed_;
  Action action_;
};

template <class Action>
std::unique_ptr<Stream::Command> make_issue(Execution& execution, const char* name, Action action) {
  return std::unique_ptr<Stream::Command>(new Issue<Action>(execution, name, false, std::move(action)));
}

template <class Action>
std::unique_ptr<Stream::Command> make_waiting(Execution& execution, const char* name, Action action) {
  return std::unique_ptr<Stream::Command>(new Issue<Action>(execution, name, true, std::move(action)));
}

}  // namespace cuda
}  // namespace wht

#endif
