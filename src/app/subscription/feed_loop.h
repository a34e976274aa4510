// What a lost webhook would have said: reads the provider's event list behind a cursor, and now and
// then every subscription. Both only leave hints. The product works with no webhook at all.
#pragma once

#include "app/batch_reader.h"
#include "app/intake/intake.h"
#include "app/records.h"
#include "app/settings.h"
#include "app/site_marks.h"
#include "base/random.h"

namespace kl::app {

class FeedLoop {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Provider& provider;
    ProviderFeed& feed;
    Hints& hints;
    IntakeService& intake;
    Records records;
    SiteMarks& marks;
    const Settings& settings;
  };
  explicit FeedLoop(Deps deps) : deps_(deps), sweep_now_(deps.loop), scope_(deps.loop) {}

  void Start();
  // Sweeps as soon as possible (an operator's wish; a hint about everything).
  void SweepNow() { sweep_now_.Set(); }
  // Set when the wall clock moved by more than an hour against the monotonic one.
  bool clock_jumped() const { return clock_jumped_; }
  const std::optional<Error>& last_error() const { return last_error_; }

 private:
  Task<void> PumpEvents();
  Task<void> PumpSweep();
  Task<Status> ReadEvents();
  Task<Status> Sweep();
  Task<Status> Compare(std::vector<BillingSubscription> subscriptions);
  Duration PollInterval() const;
  void WatchClock();

  Deps deps_;
  Event sweep_now_;
  WallTime wall_{};
  MonoTime mono_{};
  bool clock_jumped_ = false;
  std::optional<Error> last_error_;
  TaskScope scope_;
};

}  // namespace kl::app
