// A deadline that is moved with every request. The loop's timer is touched only when it comes
// nearer: moving it away, or lifting it, costs a store.
#pragma once

#include <functional>

#include "base/loop.h"

namespace kl::net {

class Deadline {
 public:
  // `expired` may destroy the deadline.
  Deadline(Loop& loop, std::function<void()> expired) : loop_(loop), expired_(std::move(expired)) {}
  Deadline(const Deadline&) = delete;
  ~Deadline() {
    if (timer_ != 0) loop_.CancelTimer(timer_);
  }

  void Set(Duration from_now) {
    at_ = loop_.Monotonic() + from_now;
    if (timer_ != 0 && armed_ <= at_) return;
    if (timer_ != 0) loop_.CancelTimer(timer_);
    Arm();
  }
  void Lift() { at_ = MonoTime::max(); }

 private:
  void Arm() {
    armed_ = at_;
    timer_ = loop_.CallAt(at_, [this] {
      timer_ = 0;
      if (at_ == MonoTime::max()) return;
      if (at_ > loop_.Monotonic()) return Arm();
      Lift();
      expired_();
    });
  }

  Loop& loop_;
  std::function<void()> expired_;
  MonoTime at_ = MonoTime::max();
  MonoTime armed_;
  Loop::TimerId timer_ = 0;
};

}  // namespace kl::net
