// A queue of keys to bring into order. A key is never worked on twice at once; added while it is
// worked on, it is worked on again afterwards. One failing key waits for its back-off alone and
// delays no other. Idle keys cost nothing. Loop's thread only.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/task.h"
#include "control/backoff.h"

namespace kl {

// The four outcomes of a pass over one key.
struct Outcome {
  enum class Kind {
    kDone,      // in order, as far as this pass could see
    kAgain,     // in order so far; look again after `after`
    kRetry,     // failed; back off (at least `after`)
    kTerminal,  // failed in a way that no repetition mends; wait for a change
  };
  Kind kind = Kind::kDone;
  Duration after{0};

  static Outcome Done() { return {}; }
  static Outcome Again(Duration after) { return {Kind::kAgain, after}; }
  static Outcome Retry(Duration at_least = Duration(0)) { return {Kind::kRetry, at_least}; }
  static Outcome Terminal() { return {Kind::kTerminal, Duration(0)}; }
};

class WorkQueue {
 public:
  using Reconcile = std::function<Task<Outcome>(std::string key)>;
  struct Options {
    int workers = 16;  // keys worked on at the same time
    BackoffPolicy backoff;
  };

  WorkQueue(Loop& loop, Random& random, Options options, Reconcile reconcile);
  WorkQueue(const WorkQueue&) = delete;
  ~WorkQueue();

  // Works on the key as soon as a worker is free, even if it was waiting for a later time.
  void Add(const std::string& key);
  // Works on the key after `delay`, or earlier if an earlier time is set already.
  void AddAfter(const std::string& key, Duration delay);

  std::size_t waiting() const { return ready_.size(); }
  std::size_t running() const { return static_cast<std::size_t>(busy_); }
  // When the key will be worked on again, if a time is set.
  std::optional<MonoTime> NextAt(const std::string& key) const;
  int Failures(const std::string& key) const;

 private:
  struct Key {
    bool queued = false;  // in ready_
    bool running = false;
    bool dirty = false;  // added while running
    int failures = 0;
    MonoTime at{};  // of the timer
    Loop::TimerId timer = 0;
  };

  void Start();
  Task<void> Work(std::string key);
  void Finish(const std::string& key, Outcome outcome);
  void Schedule(const std::string& key, Key& state, Duration delay);
  void Forget(const std::string& key);

  Loop& loop_;
  Random& random_;
  Options options_;
  Reconcile reconcile_;
  std::deque<std::string> ready_;
  std::unordered_map<std::string, Key> keys_;
  int busy_ = 0;
  TaskScope scope_;
};

}  // namespace kl
