#include "app/intake/intake.h"

#include "base/crash_point.h"
#include "base/hash.h"
#include "base/log.h"

namespace kl::app {

std::string TraceOf(std::string_view event_id) { return Sha256Hex(event_id).substr(0, 16); }

Task<Status> IntakeService::Receive(HeaderList headers, std::string target, std::string body) {
  if (Status verified = intake_.Verify(headers, target, body); !verified) {
    ++counters_.unauthenticated;
    Log(LogLevel::kWarn, "webhook refused", {{"error", verified.error()}});
    co_return verified;
  }
  Result<ParsedEvent> event = intake_.Parse(body);
  if (!event) {
    ++counters_.malformed;
    Log(LogLevel::kWarn, "webhook is not an event", {{"error", event.error()}});
    co_return std::unexpected(event.error());
  }
  std::vector<ParsedEvent> events;
  events.push_back(std::move(*event));
  std::vector<std::string> bodies;
  bodies.push_back(std::move(body));
  Status stored = co_await Record(std::move(events), std::move(bodies));
  if (stored) {
    counters_.last_webhook = loop_.Now();
  } else {
    ++counters_.not_stored;
    Log(LogLevel::kError, "webhook could not be stored, the provider will retry",
        {{"error", stored.error()}});
  }
  co_return stored;
}

Task<Status> IntakeService::Record(std::vector<ParsedEvent> events,
                                   std::vector<std::string> bodies) {
  std::vector<HistoryRecord> records;
  std::vector<Hint> hints;
  const WallTime now = loop_.Now();
  std::int64_t stored = 0;
  std::int64_t irrelevant = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    ParsedEvent& event = events[i];
    const std::string trace = TraceOf(event.id);
    std::string subject;
    for (Hint& hint : event.hints) {
      hint.trace = trace;
      if (hint.kind == HintKind::kSubscription) {
        subject = NameOf({hint.provider, hint.site, hint.id}).str();
      }
      hints.push_back(std::move(hint));
    }
    Log(LogLevel::kDebug, "event stored",
        {{"event", event.id}, {"type", event.type}, {"trace", trace}});
    records.push_back({.stream = "events",
                       .id = event.id,
                       .subject = std::move(subject),
                       .kind = event.type,
                       .at = now,
                       .trace = trace,
                       .body = std::move(bodies[i])});
    ++(event.relevant ? stored : irrelevant);
  }
  // Both at once, so that they share a commit where the store can; the answer waits for both.
  std::vector<Task<Status>> writes;
  writes.push_back(history_.Append(std::move(records)));
  if (!hints.empty()) writes.push_back(hints_.Add(std::move(hints)));
  for (Status& written : co_await WhenAll(loop_, std::move(writes))) {
    if (!written) co_return std::unexpected(std::move(written).error());
  }
  CrashPoint("hint-durable");
  counters_.stored += stored;
  counters_.irrelevant += irrelevant;
  counters_.last = now;
  co_return Status{};
}

Task<Status> IntakeService::Replay(HistoryRecord event) {
  KL_CO_TRY(ParsedEvent parsed, intake_.Parse(event.body));
  if (parsed.hints.empty()) {
    co_return Fail(ErrorKind::kInvalid,
                   "event " + event.id + " means nothing here: " + parsed.note);
  }
  for (Hint& hint : parsed.hints) {
    hint.trace = TraceOf(event.id);
    hint.version = 0;  // whatever was decided on since: read again
  }
  co_return co_await hints_.Add(std::move(parsed.hints));
}

}  // namespace kl::app
