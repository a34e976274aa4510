// SimLoop: a Loop on virtual time. Nothing waits: when nothing is left to run now, time jumps to
// the next timer. One thread. The same seed and the same calls give the same run.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "base/task.h"

namespace kl::testing {

struct SimLoopOptions {
  WallTime start = WallTime(std::chrono::hours(24 * 365 * 55));  // in 2024
  // 0: posted callbacks run in order. Else they run in a seeded order among the next few: what two
  // callers post may come in any order in the real world too.
  std::uint64_t shuffle_seed = 0;
};

class SimLoop : public Loop {
 public:
  explicit SimLoop(SimLoopOptions options = {});

  void Post(Callback fn) override { ready_.push_back(std::move(fn)); }
  WallTime Now() const override { return wall_ + (now_ - MonoTime()); }
  MonoTime Monotonic() const override { return now_; }
  TimerId CallAt(MonoTime at, Callback fn) override;
  void CancelTimer(TimerId id) override;

  // Runs one callback; when none is ready, the next timer's, at its time. False: nothing is left.
  bool Step();
  // Runs what is ready now, without letting time pass.
  void RunReady();
  // Until nothing is left, or `steps` callbacks ran. Returns whether nothing is left.
  bool RunUntilIdle(std::uint64_t steps = 10'000'000);
  // Everything up to and including `at`; then it is `at`.
  void RunUntil(MonoTime at);
  void RunFor(Duration duration) { RunUntil(now_ + duration); }
  // Until `done`; false when nothing is left before that.
  bool RunUntilDone(const bool& done);
  // Runs a task to its end and returns its value. It must end by what this loop runs.
  template <class T>
  T Run(Task<T> task);

  // The wall clock jumps, the monotonic one does not.
  void JumpWall(Duration by) { wall_ += by; }
  std::uint64_t steps() const { return steps_; }
  bool idle() const { return ready_.empty() && timers_.empty(); }

 private:
  struct Due {
    MonoTime at;
    TimerId id;
    // Reversed for the heap: the earliest first, of equal ones the oldest.
    bool operator<(const Due& o) const { return at != o.at ? at > o.at : id > o.id; }
  };

  Callback TakeReady();
  std::optional<MonoTime> NextTimer();
  void RunTimer();

  MonoTime now_{};
  WallTime wall_;
  std::deque<Callback> ready_;
  std::optional<SeededRandom> shuffle_;
  std::vector<Due> heap_;  // may hold cancelled ones, whose callback is gone from timers_
  std::unordered_map<TimerId, Callback> timers_;
  TimerId last_timer_ = 0;
  std::uint64_t steps_ = 0;
};

namespace sim_internal {
// Parameters, not captures: they live in the coroutine's frame.
template <class T>
Task<void> Keep(Task<T> task, std::optional<T>& value, bool& done) {
  value.emplace(co_await std::move(task));
  done = true;
}
inline Task<void> Finish(Task<void> task, bool& done) {
  co_await std::move(task);
  done = true;
}
}  // namespace sim_internal

template <class T>
T SimLoop::Run(Task<T> task) {
  bool done = false;
  TaskScope scope(*this);
  if constexpr (std::is_void_v<T>) {
    scope.Spawn(sim_internal::Finish(std::move(task), done));
    KL_ASSERT(RunUntilDone(done));
  } else {
    std::optional<T> value;
    scope.Spawn(sim_internal::Keep(std::move(task), value, done));
    KL_ASSERT(RunUntilDone(done));
    return std::move(*value);
  }
}

}  // namespace kl::testing
