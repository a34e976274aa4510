// CallGate: what every call of a twin passes before and after its effect. Here the simulated world
// kills the program between any two port calls, makes calls slow, and makes them fail.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "base/task.h"

namespace kl::testing {

// Whether something of probability `chance` happens now. 0 draws nothing, so that faults that are
// off do not shift the random numbers of those that are on.
inline bool Happens(Random& random, double chance) {
  if (chance <= 0) return false;
  return static_cast<double>(random.Next() >> 11) * 0x1p-53 < chance;
}

class CallGate {
 public:
  enum class Moment {
    kBefore,  // nothing has happened yet
    kAfter,   // it has happened, and the caller does not know yet
  };

  explicit CallGate(Loop& loop, std::uint64_t seed = 1) : loop_(loop), random_(seed) {}
  CallGate(const CallGate&) = delete;

  // Asked at every call. False: the caller never goes on (its frame is to be destroyed by whoever
  // killed the program). `call` is such as "store.put_spec".
  std::function<bool(std::string_view call, Moment moment)> hook;
  // Each passage takes a random time up to this; 0: none, the call does not even suspend.
  Duration latency{0};
  // Probability that a call fails with kUnavailable before its effect, and that its effect happens
  // and the answer is lost.
  double fails = 0;
  double answer_lost = 0;

  class Passage {
   public:
    Passage(CallGate& gate, std::string_view call, Moment moment)
        : gate_(gate), call_(call), moment_(moment) {}
    Passage(const Passage&) = delete;
    bool await_ready() {
      dead_ = gate_.hook && !gate_.hook(call_, moment_);
      if (dead_) return false;
      if (gate_.latency == Duration(0)) return true;
      const auto bound = static_cast<std::uint64_t>(gate_.latency.count()) + 1;
      sleep_.emplace(gate_.loop_, Duration(static_cast<std::int64_t>(gate_.random_.Below(bound))));
      return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
      if (sleep_) sleep_->await_suspend(handle);
    }
    // Whether the call fails here.
    bool await_resume() {
      return Happens(gate_.random_, moment_ == Moment::kBefore ? gate_.fails : gate_.answer_lost);
    }

   private:
    CallGate& gate_;
    std::string_view call_;
    Moment moment_;
    bool dead_ = false;
    std::optional<Sleep> sleep_;
  };

  // co_await gate.Before("store.get"): true when the call is to fail. The name must outlive it.
  Passage Before(std::string_view call) { return {*this, call, Moment::kBefore}; }
  Passage After(std::string_view call) { return {*this, call, Moment::kAfter}; }

  Loop& loop() { return loop_; }
  Random& random() { return random_; }

 private:
  Loop& loop_;
  SeededRandom random_;
};

// For calls that return a Result.
#define KL_PASS(gate, moment, call)                                       \
  do {                                                                    \
    const bool kl_fails = co_await (gate).moment(call);                   \
    if (kl_fails) {                                                       \
      co_return ::kl::Fail(::kl::ErrorKind::kUnavailable, call ": lost"); \
    }                                                                     \
  } while (false)

}  // namespace kl::testing
