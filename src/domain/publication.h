// Whether the domain is to be written to the subscription now: a pure function
// (docs/architecture.md, "Write-back").
#pragma once

#include "domain/objects.h"

namespace kl {

enum class DomainValue { kUrl, kHost };

// "https://host", "http://host" when insecure, or the bare host.
std::string DomainFieldValue(DomainValue form, std::string_view host, bool insecure);
// Same host? Scheme, case, port :443/:80 and final slash aside.
bool SameHost(std::string_view a, std::string_view b);

struct PublicationInput {
  std::string desired;                  // D
  std::optional<std::string> observed;  // O, as read at read_at
  WallTime read_at;
  bool read_is_fresh = false;  // the read is at most kReadAge old, by the monotonic clock
  bool answered = false;       // the instance has answered from outside
  bool runs = false;           // DecideRun == kRun
  bool scheduled_changes = false;
  WallTime now;
};
inline constexpr Duration kReadAge = std::chrono::seconds(10);
inline constexpr Duration kPublishDeadline = std::chrono::hours(1);
inline constexpr int kWritesPerDayMax = 3;

enum class PublicationStep {
  kNothing,  // not owed (not running, not answered yet, done, or left to a person)
  kRecord,   // O already names the host: record it as done, write nothing
  kRead,     // owed, but the read is too old: read again first
  kWrite,    // write now
  kWait,     // postponed: look again later (scheduled changes, daily limit)
};

struct PublicationDecision {
  PublicationStep step = PublicationStep::kNothing;
  Publication next;  // what to keep in the record
};

PublicationDecision DecidePublication(const Publication& present, const PublicationInput& input);
// After a successful write: counts it and records `written` as R.
Publication AfterWrite(Publication present, const std::string& written, WallTime now);

}  // namespace kl
