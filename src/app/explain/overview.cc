// The one screen of `kuberlogic status`.
#include "app/explain/explain.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

constexpr std::size_t kLinesMax = 50;

void Count(const Service& service, Overview& out) {
  ++out.services;
  const std::string& phase = service.status.phase;
  if (phase == "Ready")
    ++out.ready;
  else if (phase == "Paused")
    ++out.paused;
  else if (phase == "NotReady" || phase == "Unknown")
    ++out.starting;
  else
    ++out.failing;
  const bool person = phase == "ConfigurationError" || phase == "ProvisioningError";
  if (!person || out.needs_person.size() >= kLinesMax) return;
  const Condition* ready = FindCondition(service.status.conditions, condition::kReady);
  out.needs_person.push_back("service " + service.meta.name + ": " +
                             (ready ? ready->reason : phase) + "; kuberlogic service explain " +
                             service.meta.name);
}

void Count(const Subscription& record, Overview& out) {
  const Publication& publication = record.status.publication;
  out.owed += publication.state == PublicationState::kOwed ||
              publication.state == PublicationState::kPostponed ||
              publication.state == PublicationState::kNeedsPerson;
  const Condition* matched = FindCondition(record.status.conditions, condition::kMatched);
  const bool ignored = matched && matched->reason == reason::kUnmatched &&
                       matched->message.ends_with(", ignored by configuration");
  const bool unmatched = matched && !matched->status && !ignored;
  out.unmatched += unmatched;
  std::string word;
  if (unmatched)
    word = matched->reason;
  else if (publication.state == PublicationState::kNeedsPerson ||
           publication.state == PublicationState::kChangedByOther)
    word = publication.reason;
  else if (const Condition* seen = FindCondition(record.status.conditions, condition::kObserved);
           seen && !seen->status)
    word = seen->reason;
  if (word.empty() || out.needs_person.size() >= kLinesMax) return;
  out.needs_person.push_back("subscription " + record.spec.key.id + ": " + word +
                             "; kuberlogic subscription get " + record.spec.key.id);
}

// One line for all who wait: each alone needs nobody.
void CountRoom(const RoomReport& room, Overview& out) {
  for (const std::string& line : room.warnings)
    out.needs_person.push_back("machine is nearly full: " + line + "; kuberlogic info");
  if (room.waiting == 0) return;
  out.needs_person.push_back(std::to_string(room.waiting) +
                             (room.waiting == 1 ? " instance waits" : " instances wait") +
                             " for room: kuberlogic info");
}

}  // namespace

RoomReport Explainer::Room() const {
  return LookAtRoom(deps_.services.admissions(), deps_.templates, deps_.machine);
}

Task<Result<Overview>> Explainer::Look() {
  Overview out;
  std::string after;
  do {
    KL_CO_TRY(auto page, co_await deps_.records.services.List(after, 500));
    for (const Service& service : page.items) Count(service, out);
    after = page.next;
  } while (!after.empty());
  do {
    KL_CO_TRY(auto page, co_await deps_.records.subscriptions.List(after, 500));
    for (const Subscription& record : page.items) Count(record, out);
    after = page.next;
  } while (!after.empty());
  if (deps_.subscriptions) {
    out.in_flight = static_cast<std::int64_t>(deps_.subscriptions->in_flight());
    out.provider_error = deps_.subscriptions->health().error;
    out.provider_error_since = deps_.subscriptions->health().since;
    for (const Found& each : deps_.subscriptions->Orphans()) {
      out.orphans.push_back(each.name.str() + " (" + each.subscription + ")");
    }
  }
  if (deps_.certificates) {
    out.certificates_waiting = static_cast<std::int64_t>(deps_.certificates->waiting());
  }
  out.room = Room();
  CountRoom(out.room, out);
  if (deps_.feed) out.clock_jumped = deps_.feed->clock_jumped();
  if (deps_.intake) out.last_event = deps_.intake->counters().last;
  if (deps_.marks) {
    KL_CO_TRY(Site site, co_await deps_.marks->Read());
    out.gate_closed = site.status.gate_closed_since.has_value();
    if (out.gate_closed) out.needs_person.push_back("gate is closed: kuberlogic billing release");
  }
  co_return out;
}

}  // namespace kl::app
