#include "control/work_queue.h"

#include <utility>

namespace kl {

WorkQueue::WorkQueue(Loop& loop, Random& random, Options options, Reconcile reconcile)
    : loop_(loop),
      random_(random),
      options_(options),
      reconcile_(std::move(reconcile)),
      scope_(loop) {}

// The loop outlives the queue: no timer of ours may find it gone.
WorkQueue::~WorkQueue() {
  for (auto& [key, state] : keys_) {
    if (state.timer) loop_.CancelTimer(state.timer);
  }
}

void WorkQueue::Add(const std::string& key) {
  Key& state = keys_[key];
  if (state.timer) loop_.CancelTimer(std::exchange(state.timer, 0));
  if (state.running) {
    state.dirty = true;
    return;
  }
  if (state.queued) return;
  state.queued = true;
  ready_.push_back(key);
  Start();
}

void WorkQueue::AddAfter(const std::string& key, Duration delay) {
  Key& state = keys_[key];
  if (state.queued || state.dirty) return;
  if (state.timer && state.at <= loop_.Monotonic() + delay) return;
  Schedule(key, state, delay);
}

std::optional<MonoTime> WorkQueue::NextAt(const std::string& key) const {
  auto it = keys_.find(key);
  if (it == keys_.end() || !it->second.timer) return std::nullopt;
  return it->second.at;
}

int WorkQueue::Failures(const std::string& key) const {
  auto it = keys_.find(key);
  return it == keys_.end() ? 0 : it->second.failures;
}

void WorkQueue::Start() {
  while (busy_ < options_.workers && !ready_.empty()) {
    std::string key = std::move(ready_.front());
    ready_.pop_front();
    Key& state = keys_[key];
    state.queued = false;
    state.running = true;
    ++busy_;
    scope_.Spawn(Work(std::move(key)));
  }
}

Task<void> WorkQueue::Work(std::string key) {
  Outcome outcome = co_await reconcile_(key);
  Finish(key, outcome);
}

void WorkQueue::Finish(const std::string& key, Outcome outcome) {
  --busy_;
  Key& state = keys_[key];
  state.running = false;
  const bool failed = outcome.kind == Outcome::Kind::kRetry;
  state.failures = failed ? state.failures + 1 : 0;
  if (std::exchange(state.dirty, false)) {
    state.queued = true;
    ready_.push_back(key);
  } else if (failed) {
    Schedule(key, state,
             std::max(outcome.after, BackoffDelay(options_.backoff, state.failures, random_)));
  } else if (outcome.kind == Outcome::Kind::kAgain) {
    if (!state.timer || state.at > loop_.Monotonic() + outcome.after) {
      Schedule(key, state, outcome.after);
    }
  } else if (!state.timer) {
    Forget(key);
  }
  Start();
}

void WorkQueue::Schedule(const std::string& key, Key& state, Duration delay) {
  if (state.timer) loop_.CancelTimer(state.timer);
  state.at = loop_.Monotonic() + delay;
  state.timer = loop_.CallAt(state.at, [this, key] {
    keys_[key].timer = 0;
    Add(key);
  });
}

void WorkQueue::Forget(const std::string& key) { keys_.erase(key); }

}  // namespace kl
