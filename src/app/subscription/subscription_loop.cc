#include "app/subscription/subscription_loop.h"

#include "base/crash_point.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {
constexpr int kConflictsUntold = 3;
}  // namespace

SubscriptionLoop::SubscriptionLoop(Deps deps)
    : deps_(deps),
      reader_(deps.loop, deps.provider),
      keeper_({deps.loop, deps.random, deps.records, deps.templates, deps.timeline, deps.settings}),
      publisher_({deps.loop, deps.provider, reader_, deps.timeline, deps.settings}),
      queue_(deps.loop, deps.random, {.workers = deps.settings.subscription_workers},
             [this](std::string id) { return Reconcile(std::move(id)); }),
      scope_(deps.loop) {}

void SubscriptionLoop::Start(const std::vector<Found>& found) {
  keeper_.SetFound(found);
  scope_.Spawn(PumpHints());
  scope_.Spawn(PumpServices());
  scope_.Spawn(PumpOwed());
}

bool SubscriptionLoop::IsPending(const std::string& name) const {
  const auto named = [&](const auto& each) {
    return NameOf({deps_.provider.Name(), deps_.provider.SiteName(), each.first}).str() == name;
  };
  return !hints_taken_ || std::ranges::any_of(pending_, named);
}

void SubscriptionLoop::Nudge() {
  for (const auto& [id, pending] : pending_) queue_.Add(id);
}

Task<Status> SubscriptionLoop::Sync(std::string name, Wish wish) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Subscription record, co_await deps_.records.subscriptions.Get(name));
    const std::string id = record.spec.key.id;
    if (!deps_.marks.Owns(record.spec.key)) {
      co_return Fail(ErrorKind::kConflict,
                     "subscription " + name + " belongs to " + record.spec.key.provider + " site " +
                         record.spec.key.site + ", not to the configured one");
    }
    if (wish.force || wish.republish) {
      record.status.publication.force |= wish.force;
      record.status.publication.republish |= wish.republish;
      auto stored = co_await deps_.records.subscriptions.PutStatus(std::move(record));
      if (!stored && stored.error().kind == ErrorKind::kConflict) continue;
      if (!stored) co_return std::unexpected(stored.error());
    }
    ++pending_[id].wishes;
    queue_.Add(id);
    co_return Status{};
  }
  co_return Fail(ErrorKind::kConflict, "subscription " + name + ": changed again and again");
}

Task<Outcome> SubscriptionLoop::Reconcile(std::string id) {
  Outcome outcome = co_await RunPass(id);
  co_return outcome;
}

Task<Outcome> SubscriptionLoop::RunPass(std::string id) {
  Pass pass{.id = id};
  if (auto it = pending_.find(id); it != pending_.end()) {
    for (const PendingHint& hint : it->second.hints) pass.tickets.push_back(hint.ticket);
    pass.wishes = it->second.wishes;
  }
  Status loaded = co_await Load(pass);
  if (!loaded) co_return Failed(pass, loaded.error(), "record cannot be read");
  if (MustRead(pass)) {
    Leave leave = co_await Observe(pass);
    if (leave) co_return *leave;
  }
  NoteEvents(pass);
  if (!pass.record.status.observed) co_return co_await Close(pass, Outcome::Done());
  for (int round = 0; round < 3; ++round) {
    Leave settled = co_await Settle(pass);
    if (settled) co_return *settled;
    Leave published = co_await Publish(pass, round);
    if (published) co_return *published;
  }
  co_return Outcome::Again(Duration(100));
}

// What brought it here, for people. A pass may be repeated before its hints are done: each event is
// noted once.
void SubscriptionLoop::NoteEvents(Pass& pass) {
  auto it = pending_.find(pass.id);
  if (it == pending_.end() || !pass.record.status.observed) return;
  Subscription::Status& status = pass.record.status;
  for (const PendingHint& hint : it->second.hints) {
    for (const auto& [id, type] : hint.events) {
      const auto known = [&id](const EventNote& note) { return note.id == id; };
      if (std::any_of(status.events.begin(), status.events.end(), known)) continue;
      status.events.push_back({id, type, hint.hint.occurred});
    }
    // Merged with a sweep's the hint itself may name no event.
    if (!status.event_at && !hint.events.empty()) {
      status.event_at = hint.hint.occurred;
      status.acknowledged_at = hint.received;
    }
  }
  if (status.events.size() > 10) {
    status.events.erase(status.events.begin(), status.events.end() - 10);
  }
}

Task<Status> SubscriptionLoop::Load(Pass& pass) {
  const SubscriptionKey key{deps_.provider.Name(), deps_.provider.SiteName(), pass.id};
  const std::string name = NameOf(key).str();
  auto record = co_await deps_.records.subscriptions.Get(name);
  if (record) {
    pass.record = std::move(*record);
    pass.loaded = pass.record.meta.version;
    co_return Status{};
  }
  if (record.error().kind != ErrorKind::kNotFound) co_return std::unexpected(record.error());
  pass.is_new = true;
  pass.record.meta.name = name;
  pass.record.spec.key = key;
  co_return Status{};
}

// A hint whose version was decided on already (our own echo above all) needs no read. A service
// made by hand may be the first that is heard of its subscription.
bool SubscriptionLoop::MustRead(const Pass& pass) const {
  const Subscription::Status& status = pass.record.status;
  if (!status.service.empty() && !status.observed &&
      !FindCondition(status.conditions, condition::kObserved)) {
    return true;
  }
  auto it = pending_.find(pass.id);
  if (it == pending_.end()) return false;
  if (pass.wishes > 0) return true;
  for (const PendingHint& hint : it->second.hints) {
    if (!pass.record.status.observed || hint.hint.version == 0 || hint.hint.entitlements ||
        hint.hint.version > pass.record.status.observed->version) {
      return true;
    }
  }
  return false;
}

SubscriptionLoop::Leave SubscriptionLoop::AskAgain(Behind& row) const {
  const MonoTime now = deps_.loop.Monotonic();
  if (now < row.due) return Outcome::Again(row.due - now);
  const auto& waits = deps_.settings.lag_retries;
  if (row.reads == waits.size()) return std::nullopt;
  const Duration wait = waits[row.reads++];
  row.due = now + wait;
  return Outcome::Again(wait);
}

Task<SubscriptionLoop::Leave> SubscriptionLoop::Observe(Pass& pass) {
  std::int64_t floor = 0;
  if (pass.record.status.observed) floor = pass.record.status.observed->version;
  for (const PendingHint& hint : pending_[pass.id].hints) {
    floor = std::max(floor, hint.hint.version);
    if (pass.record.status.trace.empty() || !hint.hint.trace.empty()) {
      pass.record.status.trace = hint.hint.trace;
    }
  }
  const bool paying_waits = !pass.record.status.service_created;
  auto read =
      co_await reader_.Read(pass.id, paying_waits ? CallPriority::kNewOrder : CallPriority::kHint);
  if (!read) co_return Failed(pass, read.error(), "subscription cannot be read");
  if (!read->found) co_return co_await OnAbsent(pass);
  if (read->found->version < floor) {
    const Leave again = AskAgain(pending_[pass.id].lagged);
    if (again) co_return again;
    deps_.timeline.Note(pass.record.meta.name, "read-lagging",
                        "taken although older than its event", pass.record.status.trace);
  }
  co_return co_await Accept(pass, std::move(*read->found), read->asked_at);
}

// Absence is not deletion: one read that includes deleted ones decides, and what the provider does
// not know at all changes nothing.
Task<SubscriptionLoop::Leave> SubscriptionLoop::OnAbsent(Pass& pass) {
  const MonoTime asked_at = deps_.loop.Monotonic();
  auto confirmed = co_await deps_.provider.Confirm(pass.id);
  reader_.Report(confirmed ? Status{} : Status(std::unexpected(confirmed.error())));
  if (!confirmed) co_return Failed(pass, confirmed.error(), "subscription cannot be confirmed");
  if (!confirmed->found.empty()) {
    co_return co_await Accept(pass, confirmed->found.front(), asked_at);
  }
  const Leave again = AskAgain(pending_[pass.id].unknown);
  if (again) co_return again;
  deps_.timeline.Note(pass.record.meta.name, "unknown-at-provider", pass.id,
                      pass.record.status.trace);
  if (pass.is_new) co_return co_await Close(pass, Outcome::Done());
  SetCondition(pass.record.status.conditions,
               {.type = std::string(condition::kObserved),
                .status = false,
                .reason = std::string(reason::kNotFoundAtProvider),
                .message = "the provider does not know this subscription; nothing was changed",
                .since = deps_.loop.Now()});
  co_return co_await Close(pass, Outcome::Done());
}

// A version counts as seen only together with the content decided on: both go into the record at
// once.
Task<SubscriptionLoop::Leave> SubscriptionLoop::Accept(Pass& pass, BillingSubscription truth,
                                                       MonoTime asked_at) {
  Subscription::Status& status = pass.record.status;
  // Older than what was decided on already: a lagging list, or the replayed answer of an earlier
  // write. It decides nothing.
  if (status.observed && truth.version != 0 && truth.version < status.observed->version) {
    co_return std::nullopt;
  }
  const std::vector<TemplateInfo> infos = deps_.templates.Infos();
  const auto match = MatchPlan(truth, infos);
  const TemplateInfo* info = nullptr;
  for (const TemplateInfo& each : infos) {
    if (match && each.type == match->type) info = &each;
  }
  bool entitlement_hint = false;
  for (const PendingHint& hint : pending_[pass.id].hints)
    entitlement_hint |= hint.hint.entitlements;
  if (info &&
      NeedsEntitlements(*info, deps_.settings.mapping, deps_.settings.mapping_is_explicit)) {
    const bool content_changed =
        status.observed_digest != ContentDigest(truth, status.entitlements);
    if (content_changed || entitlement_hint || pass.wishes > 0) {
      auto entitlements = co_await deps_.provider.Entitlements(pass.id);
      reader_.Report(entitlements ? Status{} : Status(std::unexpected(entitlements.error())));
      if (!entitlements)
        co_return Failed(pass, entitlements.error(), "entitlements cannot be read");
      status.entitlements = std::move(*entitlements);
    }
  }
  status.observed_digest = ContentDigest(truth, status.entitlements);
  status.observed = std::move(truth);
  status.read_at = deps_.loop.Now();
  NoteRead(pass.id, asked_at);
  pending_[pass.id].behind = 0;
  SetCondition(status.conditions, {.type = std::string(condition::kObserved),
                                   .status = true,
                                   .reason = std::string(reason::kReady),
                                   .since = deps_.loop.Now()});
  co_return std::nullopt;
}

void SubscriptionLoop::ForgetReads() {
  const MonoTime now = deps_.loop.Monotonic();
  while (!reads_.empty() && now - reads_.front().first > kReadAge) {
    auto it = read_at_.find(reads_.front().second);
    if (it != read_at_.end() && it->second == reads_.front().first) read_at_.erase(it);
    reads_.pop_front();
  }
}

void SubscriptionLoop::NoteRead(const std::string& id, MonoTime asked_at) {
  ForgetReads();
  read_at_[id] = asked_at;
  reads_.emplace_back(asked_at, id);
}

std::optional<MonoTime> SubscriptionLoop::LastRead(const std::string& id) const {
  auto it = read_at_.find(id);
  return it == read_at_.end() ? std::nullopt : std::optional(it->second);
}

Task<Outcome> SubscriptionLoop::Close(Pass& pass, Outcome outcome) {
  if (!pass.is_new || pass.record.meta.version != 0 || pass.record.status.observed) {
    Status saved = co_await keeper_.Save(pass.record);
    if (!saved) co_return Failed(pass, saved.error(), "record cannot be stored");
  }
  CrashPoint("record-stored");
  for (const std::string& ticket : pass.tickets) {
    Status done = co_await deps_.hints.Done(ticket);
    if (!done) co_return Failed(pass, done.error(), "hint cannot be put away");
  }
  auto it = pending_.find(pass.id);
  if (it != pending_.end()) {
    Pending& pending = it->second;
    pending.wishes -= pass.wishes;
    pending.lagged = pending.unknown = {};
    if (outcome.kind == Outcome::Kind::kDone) pending.behind = 0;
    std::erase_if(pending.hints, [&](const PendingHint& hint) {
      return std::find(pass.tickets.begin(), pass.tickets.end(), hint.ticket) != pass.tickets.end();
    });
    const bool idle = pending.hints.empty() && pending.wishes == 0 && pending.behind == 0;
    if (idle) pending_.erase(it);
  }
  co_return outcome;
}

Outcome SubscriptionLoop::Failed(const Pass& pass, const Error& error, std::string_view doing) {
  // Somebody wrote in between; the pass begins anew. A conflict that lasts is a failure like
  // others.
  if (error.kind == ErrorKind::kConflict && queue_.Failures(pass.id) < kConflictsUntold) {
    return Outcome::Retry();
  }
  Log(LogLevel::kWarn, doing,
      {{"subscription", pass.id}, {"error", error}, {"trace", pass.record.status.trace}});
  if (error.retry_after) return Outcome::Retry(*error.retry_after);
  const bool hopeless =
      error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kDenied;
  return Outcome::Retry(hopeless ? Duration(std::chrono::seconds(30)) : Duration(0));
}

}  // namespace kl::app
