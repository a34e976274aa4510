// The deciding half of a pass: what the instance should be, and making its record so.
#include "app/subscription/subscription_loop.h"
#include "base/crash_point.h"
#include "domain/reasons.h"
#include "domain/run_rule.h"

namespace kl::app {
namespace {

// While no more subscriptions than so many were read within kReadAge, a read that is older than
// kReadAgeOfFew is made anew before a write: a call more for each order, which the smallest budget
// (150 a minute) has room for.
constexpr std::size_t kFew = 8;
constexpr Duration kReadAgeOfFew(100);

bool IsOfBilling(const Suspension& each) { return each.reason == SuspensionReason::kBilling; }

}  // namespace

void SubscriptionLoop::NoteMatched(Pass& pass, bool matched, std::string_view reason,
                                   std::string message) {
  SetCondition(pass.record.status.conditions, {.type = std::string(condition::kMatched),
                                               .status = matched,
                                               .reason = std::string(reason),
                                               .message = std::move(message),
                                               .since = deps_.loop.Now()});
}

Task<SubscriptionLoop::Leave> SubscriptionLoop::Settle(Pass& pass) {
  const BillingSubscription& observed = *pass.record.status.observed;
  switch (DecideRun(observed.state)) {
    case RunVerdict::kStop: co_return co_await SettleStopped(pass);
    case RunVerdict::kNoChange:
      NoteMatched(pass, true,
                  observed.state == BillingState::kFuture        ? reason::kNotStartedYet
                  : observed.state == BillingState::kTransferred ? reason::kTransferred
                                                                 : reason::kUnknownStatus,
                  "status '" + observed.raw_status + "' changes nothing");
      co_return co_await Close(pass, Outcome::Done());
    case RunVerdict::kRun: break;
  }
  const std::vector<TemplateInfo> infos = deps_.templates.Infos();
  const auto match = MatchPlan(observed, infos);
  const TemplateInfo* info = nullptr;
  for (const TemplateInfo& each : infos) {
    if (match && each.type == match->type) info = &each;
  }
  if (!info) {
    std::string plan = "(none)";
    for (const BillingItem& item : observed.items) {
      if (item.is_plan) plan = item.price_id;
    }
    const bool ignored = deps_.settings.ignored_plans.contains(plan);
    const bool known = FindCondition(pass.record.status.conditions, condition::kMatched) != nullptr;
    NoteMatched(pass, false, reason::kUnmatched,
                "no template names plan " + plan + (ignored ? ", ignored by configuration" : ""));
    if (!ignored && !known) {
      Log(LogLevel::kWarn, "no template names this plan",
          {{"plan", plan}, {"subscription", pass.id}, {"trace", pass.record.status.trace}});
      auto marked = co_await deps_.marks.Update([&plan](Site& site) {
        ++site.status.unmatched[plan];
        return true;
      });
      if (!marked) co_return Failed(pass, marked.error(), "site record cannot be stored");
    }
    co_return co_await SettleUnmatched(pass);
  }
  co_return co_await SettleRunning(pass, *info, *match);
}

Task<SubscriptionLoop::Leave> SubscriptionLoop::SettleRunning(Pass& pass, const TemplateInfo& info,
                                                              const PlanMatch& match) {
  Subscription::Status& status = pass.record.status;
  auto derived = Derive(*status.observed, status.entitlements, info, match, deps_.settings.mapping);
  if (!derived) {
    NoteMatched(pass, false, reason::kParameterInvalid, derived.error().message);
    Log(LogLevel::kWarn, "subscription asks for what the template refuses",
        {{"subscription", pass.id}, {"error", derived.error()}, {"trace", status.trace}});
    co_return co_await Close(pass, Outcome::Done());
  }
  NoteMatched(pass, true, reason::kMatchedPlan,
              match.type + (match.plan.empty() ? "" : ", " + match.plan));
  status.template_type = match.type;

  auto service = co_await keeper_.Ensure(pass.record, *derived);
  if (!service) co_return Failed(pass, service.error(), "instance cannot be made");
  if (!*service) {
    NoteMatched(pass, true, reason::kDeleting,
                "an operator removed the instance; it is not made again");
    co_return co_await Close(pass, Outcome::Done());
  }
  const std::optional<Derived> before = status.derived;
  const std::string trace = status.trace;
  if (before != derived || std::ranges::any_of((*service)->spec.suspensions, IsOfBilling)) {
    Status fenced = co_await Fence(pass);
    if (!fenced) co_return Failed(pass, fenced.error(), "record cannot be stored");
  }
  Status edited = co_await EditService((*service)->meta.name, [&](Service& s) {
    bool changed = ApplyDerived(before, *derived, s.spec);
    // What was read may be older than the last write and look as wished by chance: a change that is
    // due is always written, and a stale version is refused.
    changed |= before != derived;
    changed |= std::erase_if(s.spec.suspensions, IsOfBilling) > 0;
    if (s.spec.customer_email.empty() && !status.observed->customer_email.empty()) {
      s.spec.customer_email = status.observed->customer_email;
      changed = true;
    }
    if (changed) s.spec.trace = trace;
    return changed;
  });
  if (!edited) co_return Failed(pass, edited.error(), "service cannot be changed");
  CrashPoint("service-derived");
  status.derived = std::move(*derived);
  co_return std::nullopt;
}

// Its plan gives nothing, but it may have an instance: made by hand, or under an earlier plan. That
// runs while it is paid for, and its customer is told the domain.
Task<SubscriptionLoop::Leave> SubscriptionLoop::SettleUnmatched(Pass& pass) {
  Subscription::Status& status = pass.record.status;
  auto service = co_await keeper_.Find(pass.record);
  if (!service) co_return Failed(pass, service.error(), "service cannot be read");
  if (!*service) co_return co_await Close(pass, Outcome::Done());
  if (status.derived && std::ranges::none_of((*service)->spec.suspensions, IsOfBilling)) {
    co_return std::nullopt;
  }
  Status fenced = co_await Fence(pass);
  if (!fenced) co_return Failed(pass, fenced.error(), "record cannot be stored");
  Status edited = co_await EditService((*service)->meta.name, [&status](Service& s) {
    const bool lifted = std::erase_if(s.spec.suspensions, IsOfBilling) > 0;
    if (lifted) s.spec.trace = status.trace;
    return lifted || !status.derived;
  });
  if (!edited) co_return Failed(pass, edited.error(), "service cannot be changed");
  if (!status.derived) status.derived.emplace();  // it runs: see SettleStopped
  co_return std::nullopt;
}

// Before the service is changed the record is stored: a pass that began from a stale record is
// refused here, when it has changed nothing yet. Were it refused at its end, the service would keep
// what nobody decided, and the repeated pass would find its own record in order.
Task<Status> SubscriptionLoop::Fence(Pass& pass) {
  if (pass.record.meta.version != pass.loaded) co_return Status{};  // stored in this pass already
  KL_CO_RETURN_IF_ERROR(co_await keeper_.Save(pass.record));
  CrashPoint("record-fenced");
  co_return Status{};
}

// Reads, edits and stores until nobody wrote in between. `edit` returns whether it changed
// anything.
Task<Status> SubscriptionLoop::EditService(std::string name, std::function<bool(Service&)> edit) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Service service, co_await deps_.records.services.Get(name));
    if (!edit(service)) co_return Status{};
    auto stored = co_await deps_.records.services.PutSpec(std::move(service));
    if (stored) co_return Status{};
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict, "service " + name + ": changed by others again and again");
}

Task<Result<std::int64_t>> SubscriptionLoop::CountRunning() {
  std::int64_t running = 0;
  std::string after;
  do {
    KL_CO_TRY(auto page, co_await deps_.records.services.List(after, 500));
    for (const Service& service : page.items) {
      running += !service.spec.subscription.empty() && service.spec.suspensions.empty();
    }
    after = page.next;
  } while (!after.empty());
  co_return running;
}

// The gate of invariant 10. The condemnation is on disk before anything is stopped.
Task<Result<bool>> SubscriptionLoop::AdmitStop(const Pass& pass) {
  GateAnswer answer = GateAnswer::kClosed;
  GateInput input{.now = deps_.loop.Now()};
  const SubscriptionName name(pass.record.meta.name);
  const std::function<bool(Site&)> ask = [&](Site& site) {
    const Site::Status before = site.status;
    answer = PassGate(site, name, input);
    return !(site.status == before);
  };
  KL_CO_RETURN_IF_ERROR(co_await deps_.marks.Update(ask));
  if (answer == GateAnswer::kCount) {
    KL_CO_TRY(input.running, co_await CountRunning());
    KL_CO_RETURN_IF_ERROR(co_await deps_.marks.Update(ask));
  }
  CrashPoint("gate-passed");
  co_return answer == GateAnswer::kAdmitted;
}

Task<SubscriptionLoop::Leave> SubscriptionLoop::SettleStopped(Pass& pass) {
  Subscription::Status& status = pass.record.status;
  auto service = co_await keeper_.Find(pass.record);
  if (!service) co_return Failed(pass, service.error(), "service cannot be read");
  if (!*service) {
    if (!status.derived) co_return co_await Close(pass, Outcome::Done());
    // It was running when last looked at: unless an operator removed it, the read is behind.
    auto claim = co_await deps_.records.names.Get(status.service);
    if (!claim || !claim->status.released_at) co_return Outcome::Retry();
    status.derived.reset();
    co_return co_await Close(pass, Outcome::Done());
  }
  const auto& suspensions = (*service)->spec.suspensions;
  // `derived` is what a running instance was last given. While it is there the stop has not been
  // written, whatever a read that may be stale shows.
  if (std::any_of(suspensions.begin(), suspensions.end(), IsOfBilling) && !status.derived) {
    co_return co_await Close(pass, Outcome::Done());
  }
  Status fenced = co_await Fence(pass);
  if (!fenced) co_return Failed(pass, fenced.error(), "record cannot be stored");
  auto admitted = co_await AdmitStop(pass);
  if (!admitted) co_return Failed(pass, admitted.error(), "gate cannot be asked");
  if (!*admitted) {
    NoteMatched(pass, true, reason::kGateClosed,
                "would be stopped (" + status.observed->raw_status +
                    "), but too many were condemned within the hour: kuberlogic billing release");
    Log(LogLevel::kError, "gate is closed: nothing is stopped until an operator releases it",
        {{"subscription", pass.id}, {"trace", status.trace}});
    // The hints stay: the pass is repeated until the gate opens.
    Status saved = co_await keeper_.Save(pass.record);
    if (!saved) co_return Failed(pass, saved.error(), "record cannot be stored");
    co_return Outcome::Again(std::chrono::minutes(1));
  }
  const std::string note = "subscription is " + status.observed->raw_status;
  const WallTime now = deps_.loop.Now();
  Status edited = co_await EditService((*service)->meta.name, [&](Service& s) {
    std::erase_if(s.spec.suspensions, IsOfBilling);
    s.spec.suspensions.push_back(
        {.reason = SuspensionReason::kBilling, .since = now, .note = note});
    s.spec.trace = status.trace;
    return true;
  });
  if (!edited) co_return Failed(pass, edited.error(), "service cannot be suspended");
  status.derived.reset();  // what an ended plan gave is derived anew when it comes back
  deps_.timeline.Note(pass.record.meta.name, "instance-suspended", note, status.trace);
  co_return co_await Close(pass, Outcome::Done());
}

// A read that is older than what is known shows nothing a write could rest on: a list lags, or the
// provider's versions went back. It is asked for again, ever more seldom.
Task<SubscriptionLoop::Leave> SubscriptionLoop::ReadForWrite(Pass& pass) {
  pass.read_again = true;
  auto read = co_await reader_.Read(pass.id, CallPriority::kWriteBack);
  if (!read) co_return Failed(pass, read.error(), "subscription cannot be read around the write");
  if (!read->found) co_return co_await OnAbsent(pass);
  const std::int64_t version = read->found->version;
  if (version != 0 && version < pass.record.status.observed->version) {
    Pending& pending = pending_[pass.id];
    const auto behind = static_cast<std::size_t>(pending.behind++);
    const auto& waits = deps_.settings.lag_retries;
    // After the write nothing is owed that would ask again.
    const bool written = pass.record.status.publication.state == PublicationState::kDone;
    if (written) ++pending.wishes;
    const Outcome later =
        behind < waits.size() ? Outcome::Again(waits[behind]) : Outcome::Retry(waits.back());
    co_return co_await Close(pass, later);
  }
  co_return co_await Accept(pass, std::move(*read->found), read->asked_at);
}

// Writing deletes what was scheduled at the provider since the read, and its event may be late or
// lost. While there is room for the call, the read is made right before the write; in a burst it
// would be a call more for every order, and the read that began the order stands (kReadAge).
std::optional<MonoTime> SubscriptionLoop::ReadBehindWrite(const Pass& pass) {
  ForgetReads();
  const std::optional<MonoTime> read = LastRead(pass.id);
  if (!read || pass.read_again || read_at_.size() > kFew) return read;
  return deps_.loop.Monotonic() - *read > kReadAgeOfFew ? std::nullopt : read;
}

Task<SubscriptionLoop::Leave> SubscriptionLoop::Publish(Pass& pass, int round) {
  auto service = co_await keeper_.Find(pass.record);
  if (!service) co_return Failed(pass, service.error(), "service cannot be read");
  if (!*service) co_return co_await Close(pass, Outcome::Done());
  Publisher::Step step = co_await publisher_.Take(pass.record, **service, ReadBehindWrite(pass));
  switch (step.kind) {
    case Publisher::Step::Kind::kIdle: co_return co_await Close(pass, Outcome::Done());
    case Publisher::Step::Kind::kWait: co_return co_await Close(pass, Outcome::Again(step.wait));
    case Publisher::Step::Kind::kFailed: {
      // The hints are decided on: the debt is in the record and is tried again from there.
      Outcome closed = co_await Close(pass, Outcome::Retry(step.wait));
      co_return closed;
    }
    case Publisher::Step::Kind::kRead:
      if (round == 2) co_return Outcome::Again(Duration(200));
      co_return co_await ReadForWrite(pass);
    case Publisher::Step::Kind::kWrote: {
      // The answer of a write is a read: it is decided on like any other before its version is
      // recorded. One that is older than what is known is the replay of an earlier answer.
      const bool replayed = step.after->version < pass.record.status.observed->version;
      if (replayed) co_return co_await ReadForWrite(pass);
      co_return co_await Accept(pass, std::move(*step.after), deps_.loop.Monotonic());
    }
  }
  co_return Outcome::Done();
}

}  // namespace kl::app
