#include "app/subscription/feed_loop.h"

#include "base/log.h"
#include "control/backoff.h"
#include "domain/reasons.h"

namespace kl::app {

void FeedLoop::Start() {
  wall_ = deps_.loop.Now();
  mono_ = deps_.loop.Monotonic();
  scope_.Spawn(PumpEvents());
  scope_.Spawn(PumpSweep());
}

Duration FeedLoop::PollInterval() const {
  const WallTime last = deps_.intake.counters().last_webhook;  // what was polled says nothing of it
  const bool webhooks_come = last != WallTime{} && deps_.loop.Now() - last < std::chrono::hours(1);
  return webhooks_come ? deps_.settings.poll_with_webhook : deps_.settings.poll_without_webhook;
}

// Nothing here is stopped or forgotten because of a date; a jump is only told, since times shown
// may be wrong.
void FeedLoop::WatchClock() {
  const WallTime wall = deps_.loop.Now();
  const MonoTime mono = deps_.loop.Monotonic();
  const Duration drift = (wall - wall_) - (mono - mono_);
  if (drift > std::chrono::hours(1) || drift < -std::chrono::hours(1)) {
    clock_jumped_ = true;
    Log(LogLevel::kWarn, "the wall clock jumped; nothing is decided from it",
        {{"by_seconds", std::chrono::duration_cast<std::chrono::seconds>(drift).count()}});
  }
  wall_ = wall;
  mono_ = mono;
}

Task<void> FeedLoop::PumpEvents() {
  Log(LogLevel::kInfo, "no webhook seen yet: polling events",
      {{"every_seconds", deps_.settings.poll_without_webhook.count() / 1000}});
  for (int failures = 0;;) {
    WatchClock();
    Status read = co_await ReadEvents();
    last_error_ = read ? std::nullopt : std::optional(read.error());
    failures = read ? 0 : failures + 1;
    Duration delay = PollInterval();
    if (!read) {
      delay = std::max(delay, BackoffDelay({}, failures, deps_.random));
      if (read.error().retry_after) delay = std::max(delay, *read.error().retry_after);
    }
    co_await Sleep(deps_.loop, delay);
  }
}

// The cursor moves only after the events behind it are durable here.
Task<Status> FeedLoop::ReadEvents() {
  for (;;) {
    KL_CO_TRY(Site site, co_await deps_.marks.Read());
    auto page = co_await deps_.feed.Changes(site.status.events_cursor);
    if (!page) co_return std::unexpected(page.error());
    const bool more = page->more;
    const std::string cursor = page->cursor;
    if (!page->events.empty()) {
      KL_CO_RETURN_IF_ERROR(
          co_await deps_.intake.Record(std::move(page->events), std::move(page->bodies)));
    }
    if (cursor != site.status.events_cursor) {
      auto stored = co_await deps_.marks.Update([&cursor](Site& s) {
        s.status.events_cursor = cursor;
        return true;
      });
      if (!stored) co_return std::unexpected(stored.error());
    }
    if (!more) co_return Status{};
  }
}

Task<void> FeedLoop::PumpSweep() {
  for (int failures = 0;;) {
    Status swept = co_await Sweep();
    failures = swept ? 0 : failures + 1;
    if (!swept) Log(LogLevel::kWarn, "sweep was interrupted", {{"error", swept.error()}});
    Duration delay = swept ? deps_.settings.sweep_every : BackoffDelay({}, failures, deps_.random);
    if (!swept && swept.error().retry_after) delay = std::max(delay, *swept.error().retry_after);
    co_await sweep_now_.WaitFor(delay);
  }
}

Task<Status> FeedLoop::Sweep() {
  for (;;) {
    KL_CO_TRY(Site site, co_await deps_.marks.Read());
    auto page = co_await deps_.feed.Sweep(site.status.sweep_cursor);
    if (!page) co_return std::unexpected(page.error());
    const std::string cursor = page->cursor;
    KL_CO_RETURN_IF_ERROR(co_await Compare(std::move(page->subscriptions)));
    const WallTime now = deps_.loop.Now();
    auto stored = co_await deps_.marks.Update([&](Site& s) {
      s.status.sweep_cursor = cursor;
      if (cursor.empty()) s.status.swept_at = now;
      return true;
    });
    if (!stored) co_return std::unexpected(stored.error());
    if (cursor.empty()) co_return Status{};
  }
}

// Compares what should be with what was decided on, never the version alone; leaves a hint where
// they differ.
Task<Status> FeedLoop::Compare(std::vector<BillingSubscription> subscriptions) {
  std::vector<Hint> hints;
  for (const BillingSubscription& subscription : subscriptions) {
    const std::string name = NameOf(subscription.key).str();
    auto record = co_await deps_.records.subscriptions.Get(name);
    if (!record && record.error().kind != ErrorKind::kNotFound)
      co_return std::unexpected(record.error());
    if (record && record->status.observed) {
      const bool same = record->status.observed_digest ==
                        ContentDigest(subscription, record->status.entitlements);
      if (same) continue;
    }
    hints.push_back({.kind = HintKind::kSubscription,
                     .provider = subscription.key.provider,
                     .site = subscription.key.site,
                     .id = subscription.key.id,
                     .occurred = deps_.loop.Now(),
                     .trace = TraceOf("sweep " + name)});
  }
  if (hints.empty()) co_return Status{};
  co_return co_await deps_.hints.Add(std::move(hints));
}

}  // namespace kl::app
