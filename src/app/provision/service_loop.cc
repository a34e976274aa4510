#include "app/provision/service_loop.h"

#include "base/crash_point.h"
#include "domain/host.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

// While nothing answers yet: at once, then every 50 ms growing to a second.
Duration QuestionDelay(int asked) {
  return std::min<Duration>(Duration(50 << std::min(asked, 5)), std::chrono::seconds(1));
}

void KeepFirst(std::optional<WallTime>& milestone, WallTime now) {
  if (!milestone) milestone = now;
}

}  // namespace

ServiceLoop::ServiceLoop(Deps deps)
    : deps_(deps),
      admissions_(deps.settings),
      listed_(deps.loop),
      queue_(deps.loop, deps.random, {.workers = deps.settings.service_workers},
             [this](std::string name) { return Reconcile(std::move(name)); }),
      scope_(deps.loop) {}

void ServiceLoop::Start() {
  scope_.Spawn(PumpStore());
  scope_.Spawn(PumpEngine());
  scope_.Spawn(PumpSweep());
}

// False when they could not be listed.
Task<bool> ServiceLoop::LookAtAll() {
  std::vector<Capacity::Place> places;
  std::string after;
  do {
    auto page = co_await deps_.records.services.List(after, 500);
    if (!page) {
      Log(LogLevel::kError, "services cannot be listed", {{"error", page.error()}});
      co_return false;
    }
    for (const Service& service : page->items) {
      NoteOwner(service);
      if (!removed_.contains(service.meta.uid)) admissions_.Recall(service);
      places.push_back({service.meta.created, service.meta.name});
    }
    after = page->next;
  } while (!after.empty());
  // Only now: whose a host is shows when all were seen, and what is promised. Oldest first.
  std::ranges::sort(places);
  for (const Capacity::Place& place : places) queue_.Add(place.name);
  all_listed_ = true;
  listed_.Set();
  co_return true;
}

// After a failure: the next sweep.
Task<void> ServiceLoop::LookAgain() { std::ignore = co_await LookAtAll(); }

Task<void> ServiceLoop::PumpStore() {
  std::unique_ptr<Watch<Service>> watch = deps_.services.Open();
  for (;;) {
    auto changes = co_await watch->Next();
    if (!changes) {
      Log(LogLevel::kError, "services cannot be watched", {{"error", changes.error()}});
      co_await Sleep(deps_.loop, std::chrono::seconds(1));
      continue;
    }
    bool looked = !changes->all && all_listed_;
    while (!looked) {
      looked = co_await LookAtAll();
      if (!looked) co_await Sleep(deps_.loop, std::chrono::seconds(1));
    }
    for (const std::string& name : changes->names) queue_.Add(name);
  }
}

Task<void> ServiceLoop::PumpEngine() {
  co_await listed_.Wait();
  for (;;) {
    std::vector<ServiceName> names = co_await deps_.engine_watch.Next();
    if (names.empty()) co_await LookAgain();
    for (const ServiceName& name : names) queue_.Add(name.str());
  }
}

Task<void> ServiceLoop::PumpSweep() {
  for (;;) {
    co_await Sleep(deps_.loop, deps_.settings.resync_every);
    co_await LookAgain();
  }
}

Task<Outcome> ServiceLoop::Reconcile(std::string name) {
  auto service = co_await deps_.records.services.Get(name);
  if (!service) {
    unanswered_.erase(name);
    admissions_.Leave(name);
    if (service.error().kind == ErrorKind::kNotFound) co_return Outcome::Done();
    co_return Outcome::Retry();
  }
  if (service->spec.deleting) co_return co_await RemoveAll(std::move(*service));
  if (removed_.contains(service->meta.uid)) co_return Outcome::Done();
  Service after = *service;
  if (Status left = co_await LeaveFormerHost(after); !left) co_return Outcome::Retry();
  if (after.status.endpoint != EndpointOf(deps_.settings, after.spec)) {
    after.status.answered = false;  // what answered was another address
  }
  Finding finding = co_await Pass(after);
  WakeWhoseTurnCame();
  co_return co_await Store(std::move(*service), std::move(after), std::move(finding));
}

Task<ServiceLoop::Finding> ServiceLoop::Pass(Service& service) {
  if (!service.spec.suspensions.empty()) co_return co_await Pause(service);
  const bool taken = co_await DomainIsTaken(service);
  if (taken) {
    admissions_.Leave(service.meta.name);
    co_return Finding{.phase = "ConfigurationError",
                      .condition_type = std::string(condition::kConfigurationError),
                      .reason = std::string(reason::kDomainTaken),
                      .message = "domain " + service.spec.domain + " belongs to another service",
                      .outcome = Outcome::Terminal()};
  }
  co_return co_await Run(service);
}

Task<ServiceLoop::Finding> ServiceLoop::Pause(Service& service) {
  const ServiceName name(service.meta.name);
  const ServiceUid uid(service.meta.uid);
  std::string note;
  for (const Suspension& each : service.spec.suspensions) {
    note += (note.empty() ? "" : "; ") + std::string(SuspensionReasonName(each.reason)) +
            (each.note.empty() ? "" : ": " + each.note);
  }
  Finding finding{.phase = "Paused",
                  .condition_type = std::string(condition::kPaused),
                  .reason = std::string(reason::kSuspended),
                  .message = note};
  Status routed{};
  const bool taken = co_await DomainIsTaken(service);
  if (!taken) {
    Route route{.host = service.spec.domain,
                .state = RouteState::kStopped,
                .insecure = service.spec.insecure};
    routed = co_await deps_.gateway.Put(std::move(route));
  }
  Status stopped = co_await deps_.engine.Stop(name, uid);
  if (!stopped || !routed) {
    const Error& error = stopped ? routed.error() : stopped.error();
    finding.message += "; " + error.message;
    finding.outcome = Outcome::Retry();
  }
  if (stopped) admissions_.Park(service);
  unanswered_.erase(service.meta.name);
  co_return finding;
}

Task<Result<AppSpec>> ServiceLoop::Render(const Service& service, Derived as) {
  KL_CO_TRY(auto templ,
            co_await deps_.templates.Find(service.spec.type, service.spec.template_digest));
  const ServiceUid uid(service.meta.uid);
  tmpl::RenderInput input{.name = ServiceName(service.meta.name),
                          .uid = uid,
                          .subscription = service.spec.subscription,
                          .host = service.spec.domain,
                          .port = deps_.settings.public_port,
                          .insecure = service.spec.insecure,
                          .plan = as.plan,
                          .customer_email = service.spec.customer_email,
                          .customer_name = service.spec.customer_name,
                          .version = as.version,
                          .replicas = service.spec.replicas.value_or(1),
                          .limits = as.limits,
                          .parameters = as.parameters};
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(SecretStore::Entry entry, co_await deps_.records.secrets.Get(uid));
    KL_CO_TRY(tmpl::Rendered rendered, templ->Render(input, entry.values, deps_.random));
    if (!rendered.generated) co_return std::move(rendered.spec);
    // What was generated is kept before it is used: a password in a database and not here would be
    // lost.
    entry.values = rendered.secrets;
    auto stored = co_await deps_.records.secrets.Put(uid, std::move(entry));
    CrashPoint("secrets-stored");
    if (!stored && stored.error().kind != ErrorKind::kConflict)
      co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict,
                 "secrets of " + service.meta.name + ": changed again and again");
}

void ServiceLoop::WakeWhoseTurnCame() {
  for (const std::string& name : admissions_.TurnsCome()) queue_.Add(name);
}

// Why it must wait for room; none: it may run as `spec` says.
Task<Result<std::optional<Shortage>>> ServiceLoop::Admit(Service& service, const AppSpec& spec) {
  // Before all were listed nobody knows what is promised.
  if (!all_listed_) co_await listed_.Wait();
  const Amounts need = AmountsOf(spec);
  std::optional<Shortage> shortage = admissions_.Ask(service, need);
  WakeWhoseTurnCame();
  if (!shortage || (service.status.admitted && service.status.admitted->runs)) co_return shortage;
  // Killed between the engine's and the record's: it was given room.
  auto observed =
      co_await deps_.engine.Observe(ServiceName(service.meta.name), ServiceUid(service.meta.uid));
  if (!observed) co_return std::unexpected(observed.error());
  const bool runs =
      observed->phase == InstancePhase::kRunning || observed->phase == InstancePhase::kStarting;
  if (!runs) co_return shortage;
  admissions_.Insist(service, need);
  co_return std::nullopt;
}

Task<ServiceLoop::Finding> ServiceLoop::Wait(const Service& service, Shortage shortage) {
  Finding finding{.reason = std::string(reason::kNoRoom), .message = std::move(shortage.message)};
  Route route{.host = service.spec.domain,
              .state = RouteState::kStarting,
              .insecure = service.spec.insecure};
  Status routed = co_await deps_.gateway.Put(std::move(route));
  if (!routed) finding.outcome = Outcome::Retry();
  co_return finding;
}

ServiceLoop::Finding ServiceLoop::Unrendered(const Error& error) {
  const bool unknown = error.kind == ErrorKind::kNotFound;
  const bool final = unknown || error.kind == ErrorKind::kInvalid;
  return {.phase = "ConfigurationError",
          .condition_type = std::string(condition::kConfigurationError),
          .reason = std::string(unknown ? reason::kTemplateUnknown : reason::kTemplateInvalid),
          .message = error.message,
          .outcome = final ? Outcome::Terminal() : Outcome::Retry()};
}

Task<ServiceLoop::Finding> ServiceLoop::Run(Service& service) {
  auto spec = co_await Render(service, WishOf(service.spec));
  if (!spec) {
    admissions_.Leave(service.meta.name);
    co_return Unrendered(spec.error());
  }
  auto shortage = co_await Admit(service, *spec);
  if (!shortage) {
    co_return Finding{.condition_type = std::string(condition::kProvisioningError),
                      .reason = std::string(reason::kEngineUnavailable),
                      .message = shortage.error().message,
                      .outcome = Outcome::Retry()};
  }
  if (!*shortage) co_return co_await Apply(service, std::move(*spec));
  const std::optional<Admission>& present = service.status.admitted;
  if (!present || !present->runs) co_return co_await Wait(service, std::move(**shortage));
  auto smaller = co_await Render(service, present->derived);
  if (!smaller) co_return Unrendered(smaller.error());
  Finding finding = co_await Apply(service, std::move(*smaller));
  finding.growth = std::move((*shortage)->message);
  co_return finding;
}

Task<ServiceLoop::Finding> ServiceLoop::Apply(Service& service, AppSpec spec) {
  const ServiceName name(service.meta.name);
  const ServiceUid uid(service.meta.uid);
  Status applied = co_await deps_.engine.Apply(spec);
  CrashPoint("instance-applied");
  if (!applied) {
    const ErrorKind kind = applied.error().kind;
    Finding finding{.phase = "ProvisioningError",
                    .condition_type = std::string(condition::kProvisioningError),
                    .reason = std::string(reason::kEngineUnavailable),
                    .message = applied.error().message,
                    .outcome = Outcome::Retry()};
    if (kind == ErrorKind::kConflict) finding.reason = reason::kForeignInstance;
    if (kind == ErrorKind::kInvalid) finding.reason = reason::kTemplateInvalid;
    if (kind == ErrorKind::kExhausted) finding.reason = reason::kStorageFull;
    co_return finding;
  }
  KeepFirst(service.status.milestones.applied_at, deps_.loop.Now());
  auto observed = co_await deps_.engine.Observe(name, uid);
  if (!observed) {
    co_return Finding{.condition_type = std::string(condition::kProvisioningError),
                      .reason = std::string(reason::kEngineUnavailable),
                      .message = observed.error().message,
                      .outcome = Outcome::Retry()};
  }
  service.status.restarts = 0;
  for (const MemberState& member : observed->members) service.status.restarts += member.restarts;
  co_return co_await Reach(service, spec, *observed);
}

Route ServiceLoop::RouteOf(const Service& service, const AppSpec& spec,
                           const Observed& observed) const {
  Route route{.host = service.spec.domain,
              .state = RouteState::kStarting,
              .insecure = service.spec.insecure};
  if (observed.phase != InstancePhase::kRunning && !service.status.answered) return route;
  for (const AppRoute& each : spec.routes) {
    for (const auto& [port, upstream] : observed.upstreams) {
      if (port == each.port) route.paths.push_back({each.path_prefix, upstream});
    }
  }
  if (!route.paths.empty()) route.state = RouteState::kServing;
  return route;
}

// Routes the host and, until it has answered once, asks it from outside as the customer would.
Task<ServiceLoop::Finding> ServiceLoop::Reach(Service& service, const AppSpec& spec,
                                              const Observed& observed) {
  Finding finding{.storage_enforced = observed.storage_enforced};
  Route route = RouteOf(service, spec, observed);
  // Right after our own start nothing is known of the instance yet: what is routed stands.
  const bool keep =
      service.status.answered && route.state == RouteState::kStarting && !spec.routes.empty();
  Status routed{};
  if (!keep) routed = co_await deps_.gateway.Put(std::move(route));
  CrashPoint("route-put");
  if (observed.phase != InstancePhase::kRunning) {
    const bool failing = !observed.reason.empty() && observed.reason != reason::kStarting &&
                         observed.reason != reason::kWaitingForDependency;
    finding.condition_type = failing ? condition::kProvisioningError : "";
    finding.phase = failing ? "ProvisioningError" : "NotReady";
    finding.reason = observed.reason.empty() ? std::string(reason::kStarting) : observed.reason;
    finding.message = observed.message;
    // The engine's watch wakes us; this is for a wake-up that was lost.
    finding.outcome = Outcome::Again(std::chrono::seconds(30));
    co_return finding;
  }
  KeepFirst(service.status.milestones.started_at, deps_.loop.Now());
  if (!routed) {
    finding.condition_type = condition::kProvisioningError;
    finding.reason = reason::kGatewayUnavailable;
    finding.message = routed.error().message;
    finding.outcome = Outcome::Retry();
    co_return finding;
  }
  if (!service.status.answered && !spec.routes.empty()) {
    auto answer = co_await deps_.outside.Get(service.spec.domain, spec.routes.front().health_path,
                                             service.spec.insecure);
    if (!answer || answer->status < 200 || answer->status >= 400) {
      finding.reason = reason::kNotAnswering;
      finding.message =
          answer ? "answers " + std::to_string(answer->status) : answer.error().message;
      finding.outcome = Outcome::Again(QuestionDelay(unanswered_[service.meta.name]++));
      co_return finding;
    }
  }
  unanswered_.erase(service.meta.name);
  service.status.answered = true;
  KeepFirst(service.status.milestones.answered_at, deps_.loop.Now());
  finding.phase = "Ready";
  finding.reason = reason::kReady;
  co_return finding;
}

Task<Outcome> ServiceLoop::Store(Service before, Service after, Finding finding) {
  const WallTime now = deps_.loop.Now();
  Service::Status& status = after.status;
  status.phase = finding.phase;
  status.observed_generation = after.meta.generation;
  status.endpoint = EndpointOf(deps_.settings, after.spec);
  for (std::string_view type :
       {condition::kConfigurationError, condition::kProvisioningError, condition::kPaused}) {
    if (finding.condition_type == type) {
      SetCondition(status.conditions, {.type = std::string(type),
                                       .status = true,
                                       .reason = finding.reason,
                                       .message = finding.message,
                                       .since = now});
    } else {
      RemoveCondition(status.conditions, type);
    }
  }
  SetCondition(status.conditions, {.type = std::string(condition::kReady),
                                   .status = finding.phase == "Ready",
                                   .reason = finding.reason,
                                   .message = finding.message,
                                   .since = now});
  if (finding.growth.empty()) {
    RemoveCondition(status.conditions, condition::kRoom);
  } else {
    SetCondition(status.conditions, {.type = std::string(condition::kRoom),
                                     .status = false,
                                     .reason = std::string(reason::kNoRoom),
                                     .message = finding.growth,
                                     .since = now});
  }
  if (!finding.storage_enforced) {
    SetCondition(status.conditions,
                 {.type = std::string(condition::kStorage),
                  .status = false,
                  .reason = std::string(reason::kStorageNotEnforced),
                  .message = "storage is a plain folder here, its size is not limited",
                  .since = now});
  }
  if (status == before.status) co_return finding.outcome;
  const bool reason_changed = [&] {
    const Condition* was = FindCondition(before.status.conditions, condition::kReady);
    return !was || was->reason != finding.reason || before.status.phase != finding.phase;
  }();
  auto stored = co_await deps_.records.services.PutStatus(std::move(after));
  CrashPoint("service-status-stored");
  // Whoever wrote in between woke this loop, too; a conflict that lasts backs off.
  if (!stored) co_return Outcome::Retry();
  if (reason_changed) {
    deps_.timeline.Note(before.meta.name, "service-" + finding.phase,
                        finding.reason + (finding.message.empty() ? "" : ": " + finding.message),
                        before.spec.trace);
  }
  co_return finding.outcome;
}

// In this order, so that a crash leaves a record that still asks for the rest.
Task<Outcome> ServiceLoop::RemoveAll(Service service) {
  const ServiceName name(service.meta.name);
  const ServiceUid uid(service.meta.uid);
  removed_.insert(uid.str());
  // The route first: behind it the port is free for another instance as soon as this one is gone.
  Status gone = co_await LeaveFormerHost(service);
  const bool others = co_await IsOthers(service.spec.domain, name.str());
  if (gone && !others) gone = co_await deps_.gateway.Remove(service.spec.domain);
  if (gone) gone = co_await deps_.engine.Remove(name, uid);
  if (gone) gone = co_await deps_.records.secrets.Remove(uid);
  if (!gone) {
    Log(LogLevel::kWarn, "service cannot be removed yet",
        {{"service", name.str()}, {"error", gone.error()}});
    co_return Outcome::Retry();
  }
  CrashPoint("instance-removed");
  auto claim = co_await deps_.records.names.Get(name.str());
  if (!claim && claim.error().kind != ErrorKind::kNotFound) co_return Outcome::Retry();
  if (claim && !claim->status.released_at) {
    claim->status.released_at = deps_.loop.Now();
    auto released = co_await deps_.records.names.PutStatus(std::move(*claim));
    if (!released) co_return Outcome::Again(Duration(10));
  }
  Status removed = co_await deps_.records.services.Remove(name.str(), service.meta.version);
  if (!removed && removed.error().kind != ErrorKind::kNotFound)
    co_return Outcome::Again(Duration(10));
  admissions_.Drop(name.str());
  WakeWhoseTurnCame();
  // Whoever waited for its host is looked at.
  if (std::erase_if(owners_, [&](const auto& each) { return each.second.service == name.str(); })) {
    scope_.Spawn(LookAgain());
  }
  unanswered_.erase(name.str());
  deps_.timeline.Note(name.str(), "service-removed", "containers, network, volumes, secrets, route",
                      service.spec.trace);
  co_return Outcome::Done();
}

}  // namespace kl::app
