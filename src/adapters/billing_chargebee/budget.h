// The provider's rate limit as a budget: at most `per_minute` calls in any 60 seconds, the more
// urgent first, sweeps at most a quarter. Learns downwards from refusals and recovers by a tenth
// every minute without one. Plain memory: only one process calls the provider. Loop's thread only.
#pragma once

#include <deque>
#include <map>

#include "base/task.h"
#include "ports/billing.h"

namespace kl::chargebee {

class Budget {
 public:
  // `per_minute` 0: no limit.
  Budget(Loop& loop, int per_minute) : loop_(loop), configured_(per_minute), rate_(per_minute) {}
  ~Budget();

  // Waits for room and takes it.
  Task<void> Take(CallPriority priority);
  // A call was refused: nothing more for `wait`, and less from then on.
  void Refused(Duration wait);

  int rate() const { return rate_; }
  std::size_t waiting() const { return waiters_.size(); }

 private:
  void Serve();
  bool HasRoom(CallPriority priority) const;
  void Forget();

  struct Call {
    MonoTime at;
    bool sweep;
  };

  Loop& loop_;
  int configured_;
  int rate_;
  std::deque<Call> calls_;  // of the last minute
  int sweeps_ = 0;          // among them
  MonoTime blocked_until_{};
  MonoTime raised_at_{};
  std::multimap<CallPriority, Completer<bool>> waiters_;
  Loop::TimerId timer_ = 0;
};

}  // namespace kl::chargebee
