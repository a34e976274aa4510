#include "ports/testing/sim_loop.h"

#include <algorithm>

namespace kl::testing {
namespace {

constexpr std::size_t kShuffleWindow = 8;
constexpr std::size_t kCompactFrom = 1024;

}  // namespace

SimLoop::SimLoop(SimLoopOptions options) : wall_(options.start) {
  if (options.shuffle_seed != 0) shuffle_.emplace(options.shuffle_seed);
}

Loop::TimerId SimLoop::CallAt(MonoTime at, Callback fn) {
  const TimerId id = ++last_timer_;
  // Most timers are time-outs that are cancelled long before they are due.
  if (heap_.size() > kCompactFrom && heap_.size() > 2 * timers_.size()) {
    std::erase_if(heap_, [this](const Due& due) { return !timers_.contains(due.id); });
    std::make_heap(heap_.begin(), heap_.end());
  }
  timers_.emplace(id, std::move(fn));
  heap_.push_back({at, id});
  std::push_heap(heap_.begin(), heap_.end());
  return id;
}

void SimLoop::CancelTimer(TimerId id) { timers_.erase(id); }

std::optional<MonoTime> SimLoop::NextTimer() {
  while (!heap_.empty() && !timers_.contains(heap_.front().id)) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

// NextTimer() has said that there is one.
void SimLoop::RunTimer() {
  const Due due = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
  now_ = std::max(now_, due.at);
  auto timer = timers_.extract(due.id);
  timer.mapped()();
}

Loop::Callback SimLoop::TakeReady() {
  if (shuffle_ && ready_.size() > 1) {
    const auto window = std::min(ready_.size(), kShuffleWindow);
    std::swap(ready_.front(), ready_[shuffle_->Below(window)]);
  }
  Callback fn = std::move(ready_.front());
  ready_.pop_front();
  return fn;
}

bool SimLoop::Step() {
  if (!ready_.empty()) {
    ++steps_;
    TakeReady()();
    return true;
  }
  if (!NextTimer()) return false;
  ++steps_;
  RunTimer();
  return true;
}

void SimLoop::RunReady() {
  while (!ready_.empty()) Step();
}

bool SimLoop::RunUntilIdle(std::uint64_t steps) {
  while (steps > 0 && Step()) --steps;
  return steps > 0;
}

void SimLoop::RunUntil(MonoTime at) {
  while (true) {
    RunReady();
    const auto next = NextTimer();
    if (!next || *next > at) break;
    Step();
  }
  now_ = std::max(now_, at);
}

bool SimLoop::RunUntilDone(const bool& done) {
  while (!done) {
    if (!Step()) return false;
  }
  return true;
}

}  // namespace kl::testing
