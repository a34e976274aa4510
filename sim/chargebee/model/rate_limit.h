// Calls a minute, counted in fixed windows that begin with the first call after the last one ended.
#pragma once

#include <optional>

#include "base/loop.h"

namespace kl::chargebee_sim {

class RateLimit {
 public:
  explicit RateLimit(int per_minute) : per_minute_(per_minute) {}

  int per_minute() const { return per_minute_; }
  // 0 = no limit. Begins a new window.
  void Set(int per_minute) {
    per_minute_ = per_minute;
    used_ = 0;
    window_end_.reset();
  }

  // Nothing: admitted. Otherwise how long until the next window.
  std::optional<Duration> Refuse(MonoTime now) {
    if (per_minute_ <= 0) return std::nullopt;
    if (!window_end_ || now >= *window_end_) {
      window_end_ = now + std::chrono::minutes(1);
      used_ = 0;
    }
    if (used_ < per_minute_) {
      ++used_;
      return std::nullopt;
    }
    return *window_end_ - now;
  }

 private:
  int per_minute_;
  int used_ = 0;
  std::optional<MonoTime> window_end_;
};

}  // namespace kl::chargebee_sim
