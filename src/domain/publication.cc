#include "domain/publication.h"

#include "domain/host.h"
#include "domain/reasons.h"

namespace kl {
namespace {

using std::chrono::days;
using std::chrono::floor;

std::int64_t DayOf(WallTime at) { return floor<days>(at).time_since_epoch().count(); }

// Tomorrow counts as today: a clock set back by hours must not give three more writes. A day
// further ahead is the trace of a clock that ran wild, and is forgotten.
int WritesToday(const Publication& present, WallTime now) {
  const std::int64_t ahead = present.writes_day - DayOf(now);
  return ahead == 0 || ahead == 1 ? present.writes : 0;
}

void Blocked(Publication& next, PublicationState state, std::string_view reason,
             std::string message) {
  next.state = state;
  next.reason = reason;
  next.message = std::move(message);
}

void Unblocked(Publication& next, PublicationState state) { Blocked(next, state, {}, {}); }

void Settled(Publication& next, PublicationState state) {
  Unblocked(next, state);
  next.owed_since.reset();
  next.force = false;
  next.republish = false;
}

// O names the host: done, whoever wrote it.
PublicationDecision Found(Publication next, const PublicationInput& input) {
  const bool known =
      next.state == PublicationState::kDone && SameHost(next.recorded, input.desired);
  const Publication before = next;
  if (!known) next.recorded = input.desired;
  Settled(next, PublicationState::kDone);
  const auto step = next == before ? PublicationStep::kNothing : PublicationStep::kRecord;
  return {step, std::move(next)};
}

// Nobody is told of an instance that cannot be reached. What stands in the field stays.
PublicationDecision NotYet(Publication next) {
  if (next.state == PublicationState::kOwed || next.state == PublicationState::kPostponed) {
    Unblocked(next, PublicationState::kNone);
    next.owed_since.reset();  // the deadline counts only while the customer could have been told
  }
  return {PublicationStep::kNothing, std::move(next)};
}

// R = D but O is another: someone changed the field, and may have had a reason.
PublicationDecision ChangedByOther(Publication next, const PublicationInput& input) {
  // A read from before our write shows what was there before it; it says nothing about others.
  if (next.written_at && input.read_at < *next.written_at) {
    return {PublicationStep::kNothing, std::move(next)};
  }
  const std::string shown = input.observed.value_or("").substr(0, 100);
  Settled(next, PublicationState::kChangedByOther);
  Blocked(next, PublicationState::kChangedByOther, reason::kDomainFieldChanged,
          "domain field changed: it was '" + next.recorded + "' and is now '" + shown +
              "'; it is left so until someone asks to republish");
  return {PublicationStep::kNothing, std::move(next)};
}

// The write is owed; the provider would drop the changes scheduled there.
PublicationDecision Scheduled(Publication next, const PublicationInput& input) {
  if (input.now - *next.owed_since >= kPublishDeadline) {
    Blocked(next, PublicationState::kNeedsPerson, reason::kScheduledChanges,
            "scheduled changes: writing the domain would delete them; publish by force or remove "
            "them at the provider");
    return {PublicationStep::kNothing, std::move(next)};
  }
  Blocked(next, PublicationState::kPostponed, reason::kScheduledChanges,
          "scheduled changes: writing the domain would delete them; waiting for them to go");
  return {input.read_is_fresh ? PublicationStep::kWait : PublicationStep::kRead, std::move(next)};
}

PublicationDecision Owed(Publication next, const PublicationInput& input) {
  if (!next.owed_since || *next.owed_since > input.now) next.owed_since = input.now;
  if (input.scheduled_changes && !next.force) return Scheduled(std::move(next), input);
  if (WritesToday(next, input.now) >= kWritesPerDayMax) {
    Blocked(next, PublicationState::kPostponed, reason::kWriteLimit,
            "write limit: the domain was written " + std::to_string(next.writes) +
                " times today; the next write is tomorrow");
    return {PublicationStep::kWait, std::move(next)};
  }
  Blocked(next, PublicationState::kOwed, reason::kDomainOwed, "the domain is still to be written");
  return {input.read_is_fresh ? PublicationStep::kWrite : PublicationStep::kRead, std::move(next)};
}

}  // namespace

std::string DomainFieldValue(DomainValue form, std::string_view host, bool insecure) {
  if (form == DomainValue::kHost) return std::string(host);
  return std::string(insecure ? "http://" : "https://").append(host);
}

bool SameHost(std::string_view a, std::string_view b) {
  const std::string host = BareHost(a);
  return !host.empty() && host == BareHost(b);
}

PublicationDecision DecidePublication(const Publication& present, const PublicationInput& input) {
  if (input.observed && SameHost(*input.observed, input.desired)) return Found(present, input);
  if (!input.runs || !input.answered) return NotYet(present);
  const bool asked = present.force || present.republish;
  // Scheduled changes may have gone since; everything else a person must look at stays with them.
  if (present.state == PublicationState::kNeedsPerson && !asked &&
      present.reason != reason::kScheduledChanges) {
    return {PublicationStep::kNothing, present};
  }
  if (SameHost(present.recorded, input.desired) && !present.republish) {
    return ChangedByOther(present, input);
  }
  return Owed(present, input);
}

Publication AfterWrite(Publication present, const std::string& written, WallTime now) {
  present.writes = WritesToday(present, now) + 1;
  present.writes_day = DayOf(now);
  present.recorded = written;
  present.written_at = now;
  Settled(present, PublicationState::kDone);
  return present;
}

}  // namespace kl
