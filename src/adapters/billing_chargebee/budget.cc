#include "adapters/billing_chargebee/budget.h"

#include <algorithm>

namespace kl::chargebee {
namespace {
constexpr Duration kWindow = std::chrono::seconds(60);
constexpr int kRateMin = 10;
}  // namespace

Budget::~Budget() {
  if (timer_) loop_.CancelTimer(timer_);
}

void Budget::Forget() {
  const MonoTime now = loop_.Monotonic();
  while (!calls_.empty() && calls_.front().at + kWindow <= now) {
    sweeps_ -= calls_.front().sweep;
    calls_.pop_front();
  }
  while (rate_ < configured_ && now - raised_at_ >= kWindow) {
    rate_ = std::min(configured_, rate_ + std::max(1, rate_ / 10));
    raised_at_ += kWindow;
  }
}

bool Budget::HasRoom(CallPriority priority) const {
  if (configured_ == 0) return loop_.Monotonic() >= blocked_until_;
  if (loop_.Monotonic() < blocked_until_) return false;
  if (priority == CallPriority::kSweep && sweeps_ >= std::max(1, rate_ / 4)) return false;
  return static_cast<int>(calls_.size()) < rate_;
}

Task<void> Budget::Take(CallPriority priority) {
  Completer<bool> turn(loop_);
  waiters_.emplace(priority, turn);
  Serve();
  co_await turn.Get();
}

void Budget::Serve() {
  Forget();
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (!HasRoom(it->first)) {
      if (it->first != CallPriority::kSweep) break;
      ++it;
      continue;
    }
    const bool sweep = it->first == CallPriority::kSweep;
    if (configured_ > 0) {
      calls_.push_back({loop_.Monotonic(), sweep});
      sweeps_ += sweep;
    }
    it->second.Set(true);
    it = waiters_.erase(it);
  }
  if (waiters_.empty() || timer_) return;
  // While nothing is allowed there may be room all the same: then the end of that is what counts.
  const MonoTime now = loop_.Monotonic();
  MonoTime next = blocked_until_;
  if (next <= now && !calls_.empty()) next = calls_.front().at + kWindow;
  timer_ = loop_.CallAt(std::max(next, now + Duration(1)), [this] {
    timer_ = 0;
    Serve();
  });
}

void Budget::Refused(Duration wait) {
  Forget();
  const MonoTime now = loop_.Monotonic();
  blocked_until_ = std::max(blocked_until_, now + wait);
  raised_at_ = blocked_until_;
  if (configured_ > 0) rate_ = std::max(kRateMin, std::min<int>(rate_, calls_.size()) * 9 / 10);
}

}  // namespace kl::chargebee
