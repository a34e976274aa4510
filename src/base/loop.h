// The single thread on which all decisions are made, and the only source of time.
// `net/io_loop.h` is the real one; `sim/world` runs the same code on virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace kl {

using Duration = std::chrono::milliseconds;
// Wall clock, UTC, milliseconds. May jump; shown to people and compared with the provider's times.
using WallTime = std::chrono::sys_time<Duration>;
// Monotonic, milliseconds since an arbitrary point. Never jumps; for time-outs and back-off.
struct MonoClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

class Loop {
 public:
  using Callback = std::move_only_function<void()>;
  using TimerId = std::uint64_t;  // 0 is never a timer

  virtual ~Loop() = default;
  // Runs `fn` on the loop's thread, after the caller has returned. Any thread may call; FIFO per
  // caller.
  virtual void Post(Callback fn) = 0;
  virtual WallTime Now() const = 0;
  virtual MonoTime Monotonic() const = 0;
  // Runs `fn` on the loop's thread at or after `at`. Loop's thread only.
  virtual TimerId CallAt(MonoTime at, Callback fn) = 0;
  // No effect on a timer that ran or is unknown. Loop's thread only.
  virtual void CancelTimer(TimerId id) = 0;
};

}  // namespace kl
