// Webhooks in: verify, keep, answer. A webhook is a hint, never a command; nothing is decided here.
#pragma once

#include <string>
#include <string_view>

#include "ports/billing.h"
#include "ports/history.h"

namespace kl::app {

struct IntakeCounters {
  std::int64_t stored = 0;
  std::int64_t irrelevant = 0;  // kept, but of a kind that means nothing here
  std::int64_t malformed = 0;
  std::int64_t unauthenticated = 0;
  std::int64_t not_stored = 0;  // the provider was told to try again
  WallTime last{};              // of the last event stored, by our clock
  WallTime last_webhook{};      // of the last that came by itself and was stored
};

class IntakeService {
 public:
  IntakeService(Loop& loop, Intake& intake, Hints& hints, History& history)
      : loop_(loop), intake_(intake), hints_(hints), history_(history) {}

  // Returns once hint and event are durable. kUnauthenticated, kInvalid (not an event), or
  // kUnavailable/kExhausted when it could not be stored: the provider must retry.
  Task<Status> Receive(HeaderList headers, std::string target, std::string body);
  // The same for events read from the provider's list; `bodies` in the same order.
  Task<Status> Record(std::vector<ParsedEvent> events, std::vector<std::string> bodies);

  // A hint for what the kept event speaks of; the truth is read again. kInvalid when it means
  // nothing here.
  Task<Status> Replay(HistoryRecord event);

  const IntakeCounters& counters() const { return counters_; }
  std::string Path() const { return intake_.Path(); }

 private:
  Loop& loop_;
  Intake& intake_;
  Hints& hints_;
  History& history_;
  IntakeCounters counters_;
};

// The trace id of an event: the same for every delivery of it, so that one grep finds its whole
// way.
std::string TraceOf(std::string_view event_id);

}  // namespace kl::app
