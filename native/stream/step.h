/* Any step of a stream that a lambda describes. */
#ifndef WHT_STREAM_STEP_H
#define WHT_STREAM_STEP_H

#include <memory>
#include <utility>

#include "stream.h"

namespace wht {

template <class Action>
class Step final : public Stream::Command {
 public:
  Step(const char* name, Action action) : name_(name), action_(std::move(action)) {}
  const char* name() const override { return name_; }
  void run() override { action_(); }

 private:
  const char* name_;
  Action action_;
};

template <class Action>
std::unique_ptr<Stream::Command> make_step(const char* name, Action action) {
  return std::unique_ptr<Stream::Command>(new Step<Action>(name, std::move(action)));
}

template <class Action>
void push(Stream& stream, const char* name, Action action) {
  stream.push(make_step(name, std::move(action)));
}

}  // namespace wht

#endif
