#include "app/explain/explain.h"

#include "domain/publication.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

// What an intermediate finding reads like in the causal line.
struct Verdict {
  std::string reason;
  std::string text;
};

std::string_view RemedyOf(std::string_view word) {
  for (const reason::Reason& each : reason::All()) {
    if (each.word == word) return each.remedy;
  }
  return {};
}

// The event that was decided on last. What came after it told of our own write.
const EventNote* LastCause(const Subscription::Status& status) {
  for (const EventNote& event : status.events) {
    if (TraceOf(event.id) == status.trace) return &event;
  }
  return status.events.empty() ? nullptr : &status.events.back();
}

// The subscription's side: the first thing that keeps the order from going on.
std::optional<Verdict> BlockedAtBilling(const Subscription& record) {
  const auto& conditions = record.status.conditions;
  if (const Condition* seen = FindCondition(conditions, condition::kObserved);
      seen && !seen->status) {
    return Verdict{seen->reason, seen->message};
  }
  if (const Condition* matched = FindCondition(conditions, condition::kMatched)) {
    const bool waits =
        !matched->status || matched->reason == reason::kGateClosed ||
        matched->reason == reason::kNotStartedYet || matched->reason == reason::kUnknownStatus ||
        matched->reason == reason::kTransferred || matched->reason == reason::kDeleting;
    if (waits) return Verdict{matched->reason, matched->message};
  }
  return std::nullopt;
}

std::optional<Verdict> BlockedAtService(const Service& service) {
  if (service.spec.deleting)
    return Verdict{std::string(reason::kDeleting), "an operator asked for its removal"};
  const Condition* ready = FindCondition(service.status.conditions, condition::kReady);
  if (!ready) return Verdict{std::string(reason::kStarting), "not looked at yet"};
  if (!ready->status) return Verdict{ready->reason, ready->message};
  const Condition* room = FindCondition(service.status.conditions, condition::kRoom);
  if (room && !room->status)
    return Verdict{room->reason, "it runs with the limits it had: its plan " + room->message};
  return std::nullopt;
}

std::optional<Verdict> BlockedAtPublication(const Subscription& record) {
  const Publication& publication = record.status.publication;
  if (publication.state == PublicationState::kDone ||
      publication.state == PublicationState::kNone) {
    return std::nullopt;
  }
  const std::string word =
      publication.reason.empty() ? std::string(reason::kDomainOwed) : publication.reason;
  return Verdict{word, publication.message.empty()
                           ? "the domain is not written to the subscription yet"
                           : publication.message};
}

// An event whose subscription has no record: not yet, or there is nothing to keep one of.
Verdict OfEventAlone(const HistoryRecord& event, WallTime now, const SubscriptionLoop* loop) {
  if (event.subject.empty()) {
    return {std::string(reason::kUnmatched), "an event of this type means nothing here"};
  }
  // A moment passes between what is kept and what is known of it.
  const bool young = now - event.at < std::chrono::seconds(2);
  if (!loop || young || loop->IsPending(event.subject)) {
    return {std::string(reason::kStarting), "its subscription is still to be read"};
  }
  return {std::string(reason::kNotFoundAtProvider),
          "the provider did not know its subscription; nothing was made or changed"};
}

}  // namespace

Task<std::optional<Subscription>> Explainer::FindSubscription(std::string what) {
  auto direct = co_await deps_.records.subscriptions.Get(what);
  if (direct) co_return std::move(*direct);
  std::string after;
  do {
    auto page = co_await deps_.records.subscriptions.List(after, 500);
    if (!page) co_return std::nullopt;
    for (Subscription& each : page->items) {
      const bool mail = each.status.observed && each.status.observed->customer_email == what;
      if (each.spec.key.id == what || mail || ToString(each.spec.key) == what)
        co_return std::move(each);
    }
    after = page->next;
  } while (!after.empty());
  co_return std::nullopt;
}

Task<std::optional<Service>> Explainer::FindService(std::string what) {
  auto direct = co_await deps_.records.services.Get(what);
  if (direct) co_return std::move(*direct);
  if (what.find('.') == std::string::npos) co_return std::nullopt;
  const std::string label = what.substr(0, what.find('.'));
  auto labelled = co_await deps_.records.services.Get(label.substr(label.rfind('/') + 1));
  if (labelled && SameHost(labelled->spec.domain, what)) co_return std::move(*labelled);
  std::string after;
  do {
    auto page = co_await deps_.records.services.List(after, 500);
    if (!page) co_return std::nullopt;
    for (Service& each : page->items) {
      if (SameHost(each.spec.domain, what)) co_return std::move(each);
    }
    after = page->next;
  } while (!after.empty());
  co_return std::nullopt;
}

// By its id; or the newest of a subscription that has no record yet (the provider could not be read
// so far).
Task<std::optional<HistoryRecord>> Explainer::FindEvent(std::string what) {
  SubscriptionKey key = deps_.site;
  key.id = what;
  std::vector<HistoryQuery> queries(2);
  for (HistoryQuery& query : queries) {
    query.stream = "events";
    query.limit = 1;
  }
  queries[0].id = what;
  queries[1].subject = NameOf(key).str();
  for (HistoryQuery& query : queries) {
    auto events = co_await deps_.history.Read(std::move(query));
    if (events && !events->empty()) co_return std::move(events->front());
  }
  co_return std::nullopt;
}

Task<Result<Explainer::Subject>> Explainer::Resolve(std::string what) {
  Subject subject;
  subject.service = co_await FindService(what);
  if (!subject.service) {
    subject.subscription = co_await FindSubscription(what);
  } else if (!subject.service->spec.subscription.empty()) {
    if (auto key = ParseSubscriptionKey(subject.service->spec.subscription)) {
      auto record = co_await deps_.records.subscriptions.Get(NameOf(*key).str());
      if (record) subject.subscription = std::move(*record);
    }
  }
  if (!subject.service && !subject.subscription) {
    subject.event = co_await FindEvent(what);
    if (subject.event) {
      if (!subject.event->subject.empty()) {
        auto record = co_await deps_.records.subscriptions.Get(subject.event->subject);
        if (record) subject.subscription = std::move(*record);
      }
    }
  }
  if (subject.subscription && !subject.service && !subject.subscription->status.service.empty()) {
    auto service = co_await deps_.records.services.Get(subject.subscription->status.service);
    if (service) subject.service = std::move(*service);
  }
  if (!subject.service && !subject.subscription && !subject.event) {
    co_return Fail(ErrorKind::kNotFound,
                   "no service, subscription, domain, e-mail or event is known as '" + what + "'");
  }
  co_return subject;
}

Task<std::vector<HistoryRecord>> Explainer::TimelineOf(const Subject& subject) {
  std::vector<HistoryRecord> all;
  std::vector<HistoryQuery> queries;
  if (subject.subscription) {
    queries.push_back(
        {.stream = "events", .subject = subject.subscription->meta.name, .limit = 50});
    queries.push_back(
        {.stream = "timeline", .subject = subject.subscription->meta.name, .limit = 100});
  }
  if (subject.service) {
    queries.push_back({.stream = "timeline", .subject = subject.service->meta.name, .limit = 100});
    queries.push_back({.stream = "audit", .subject = subject.service->meta.name, .limit = 50});
  }
  for (HistoryQuery& query : queries) {
    const bool events = query.stream == "events";
    auto records = co_await deps_.history.Read(std::move(query));
    if (!records) continue;
    for (HistoryRecord& record : *records) {
      if (events) record.body = "event " + record.id;
      all.push_back(std::move(record));
    }
  }
  if (subject.event && all.empty()) {
    HistoryRecord event = *subject.event;
    event.body = "event " + event.id;
    all.push_back(std::move(event));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  co_return all;
}

std::optional<WallTime> Explainer::NextTry(const Subject& subject) const {
  std::optional<MonoTime> next;
  if (subject.subscription && deps_.subscriptions) {
    next = deps_.subscriptions->queue().NextAt(subject.subscription->spec.key.id);
  }
  if (subject.service) {
    const auto other = deps_.services.queue().NextAt(subject.service->meta.name);
    if (other && (!next || *other < *next)) next = other;
  }
  if (!next) return std::nullopt;
  return deps_.loop.Now() + (*next - deps_.loop.Monotonic());
}

void Explainer::Judge(Explanation& out, const Subject& subject) {
  std::string line;
  const auto link = [&line](std::string_view part) {
    if (!line.empty()) line += " -> ";
    line += part;
  };
  std::optional<Verdict> blocked;
  if (subject.event)
    link("event " + subject.event->id + " (" + subject.event->kind + ") is stored");
  if (subject.subscription) {
    const Subscription& record = *subject.subscription;
    if (const EventNote* event = LastCause(record.status)) link(event->type);
    link("subscription " + record.spec.key.id + " is " +
         (record.status.observed ? record.status.observed->raw_status : "not read yet"));
    blocked = BlockedAtBilling(record);
    if (!deps_.marks || !deps_.marks->Owns(record.spec.key)) {
      blocked = Verdict{std::string(reason::kOtherSite),
                        "it is of " + record.spec.key.provider + " site " + record.spec.key.site +
                            ", which is not configured; nothing is changed"};
    }
  }
  if (!blocked && subject.service) {
    link("service " + subject.service->meta.name + " is " + subject.service->status.phase);
    blocked = BlockedAtService(*subject.service);
  }
  if (!blocked && subject.subscription) blocked = BlockedAtPublication(*subject.subscription);
  if (!blocked && out.certificate) {
    blocked =
        Verdict{out.certificate->reason, "no public certificate yet: " + out.certificate->message};
  }
  const bool no_record = !subject.subscription && !subject.service;
  if (no_record && subject.event) {
    blocked = OfEventAlone(*subject.event, deps_.loop.Now(), deps_.subscriptions);
  }
  // An unreachable provider is the cause of whatever is not read or written yet.
  const auto* health = deps_.subscriptions ? &deps_.subscriptions->health() : nullptr;
  const bool waits_for_provider =
      (no_record && subject.event) ||
      (subject.subscription && blocked &&
       (blocked->reason == reason::kDomainOwed || !subject.subscription->status.observed));
  if (health && health->error && waits_for_provider) {
    const ErrorKind kind = health->error->kind;
    const bool denied = kind == ErrorKind::kUnauthenticated || kind == ErrorKind::kDenied;
    blocked = Verdict{std::string(denied                            ? reason::kProviderDenied
                                  : kind == ErrorKind::kRateLimited ? reason::kProviderRateLimited
                                                                    : reason::kProviderUnavailable),
                      health->error->message};
  }
  if (blocked) {
    link(blocked->reason + (blocked->text.empty() ? "" : ": " + blocked->text));
    out.reason = blocked->reason;
  } else {
    if (subject.subscription &&
        subject.subscription->status.publication.state == PublicationState::kDone) {
      link("domain is written to the subscription");
    }
    out.reason = reason::kReady;
  }
  if (deps_.feed && deps_.feed->clock_jumped()) {
    line += " (ClockJumped: the wall clock moved by more than an hour; nothing is decided from it)";
  }
  out.summary = line;
  out.remedy = RemedyOf(out.reason);
}

Task<Result<Explanation>> Explainer::Explain(std::string what) {
  KL_CO_TRY(Subject subject, co_await Resolve(what));
  Explanation out;
  out.subject = subject.service        ? "service " + subject.service->meta.name
                : subject.subscription ? "subscription " + subject.subscription->spec.key.id
                                       : "event " + subject.event->id;
  if (subject.service && deps_.certificates) {
    out.certificate = deps_.certificates->WaitOf(subject.service->spec.domain);
  }
  Judge(out, subject);
  out.next_retry_at = NextTry(subject);
  out.timeline = co_await TimelineOf(subject);
  if (subject.service) {
    auto observed = co_await deps_.engine.Observe(ServiceName(subject.service->meta.name),
                                                  ServiceUid(subject.service->meta.uid));
    if (observed) out.observed = std::move(*observed);
  }
  out.subscription = std::move(subject.subscription);
  out.service = std::move(subject.service);
  co_return out;
}

}  // namespace kl::app
