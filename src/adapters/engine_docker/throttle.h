// At most n holders at a time, in the order they asked. Loop's thread only.
#pragma once

#include <coroutine>
#include <deque>
#include <utility>

#include "base/task.h"

namespace kl::docker {

class Throttle {
 public:
  Throttle(Loop& loop, std::size_t n) : loop_(loop), free_(n) {}
  Throttle(const Throttle&) = delete;

  // Held from co_await Enter() until it goes. The throttle outlives its permits.
  class Permit {
   public:
    explicit Permit(Throttle* throttle) : throttle_(throttle) {}
    Permit(Permit&& o) noexcept : throttle_(std::exchange(o.throttle_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (throttle_ != nullptr) throttle_->Leave();
    }

   private:
    Throttle* throttle_;
  };

  // auto permit = co_await throttle.Enter();
  auto Enter() { return Waiter(*this); }

 private:
  // A turn given to a waiter whose frame went before it could take it goes to the next one.
  struct Turn {
    std::coroutine_handle<> handle;
    bool given = false;
  };

  class Waiter {
   public:
    explicit Waiter(Throttle& throttle) : throttle_(throttle) {}
    Waiter(const Waiter&) = delete;
    ~Waiter() {
      if (!turn_) return;
      turn_->handle = nullptr;
      if (turn_->given) throttle_.Leave();
    }
    bool await_ready() {
      if (throttle_.free_ == 0) return false;
      --throttle_.free_;
      return true;
    }
    void await_suspend(std::coroutine_handle<> handle) {
      turn_ = std::make_shared<Turn>(handle);
      throttle_.waiting_.push_back(turn_);
    }
    Permit await_resume() {
      turn_.reset();
      return Permit(&throttle_);
    }

   private:
    Throttle& throttle_;
    std::shared_ptr<Turn> turn_;
  };

  void Leave() {
    while (!waiting_.empty()) {
      auto turn = std::move(waiting_.front());
      waiting_.pop_front();
      if (!turn->handle) continue;
      turn->given = true;
      loop_.Post([turn] {
        if (auto handle = std::exchange(turn->handle, nullptr)) handle.resume();
      });
      return;
    }
    ++free_;
  }

  Loop& loop_;
  std::size_t free_;
  std::deque<std::shared_ptr<Turn>> waiting_;
};

}  // namespace kl::docker
