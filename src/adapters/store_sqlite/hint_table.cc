#include "adapters/store_sqlite/hint_table.h"

#include <charconv>

namespace kl::sqlite {
namespace {

constexpr std::size_t kMaxEvents = 10;

struct Key {
  std::int64_t kind = 0;
  std::string provider;
  std::string site;
  std::string id;
};

struct Ticket {
  std::int64_t first = 0;
  std::int64_t last = 0;
  Key key;
};

std::string ToText(const Ticket& t) {
  return std::to_string(t.first) + ':' + std::to_string(t.last) + ':' + std::to_string(t.key.kind) +
         ':' + t.key.provider + '/' + t.key.site + '/' + t.key.id;
}

// Takes what stands before `end` from the front of `text`, and `end` with it.
std::optional<std::string_view> TakeUntil(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

bool TakeNumber(std::string_view& text, std::int64_t& number) {
  const auto part = TakeUntil(text, ':');
  if (!part) return false;
  const char* end = part->data() + part->size();
  return std::from_chars(part->data(), end, number) == std::from_chars_result{end, std::errc()};
}

std::optional<Ticket> ParseTicket(std::string_view text) {
  Ticket t;
  if (!TakeNumber(text, t.first) || !TakeNumber(text, t.last) || !TakeNumber(text, t.key.kind)) {
    return std::nullopt;
  }
  const auto provider = TakeUntil(text, '/');
  const auto site = provider ? TakeUntil(text, '/') : std::nullopt;
  if (!site) return std::nullopt;
  t.key.provider = *provider;
  t.key.site = *site;
  t.key.id = text;
  return t;
}

Status Insert(Transaction& transaction, const Hint& hint, WallTime received) {
  return transaction.db.Run(
      "INSERT INTO hint(number,kind,provider,site,id,version,entitlements,event_id,event_type,"
      "occurred,trace,received) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
      static_cast<std::int64_t>(transaction.NextNumber()), static_cast<std::int64_t>(hint.kind),
      hint.provider, hint.site, hint.id, hint.version, std::int64_t{hint.entitlements},
      hint.event_id, hint.event_type, hint.occurred.time_since_epoch().count(), hint.trace,
      received.time_since_epoch().count());
}

// Keys that have a hint, by their newest, after the hint number `after`.
Result<std::vector<Ticket>> PendingKeys(Connection& db, std::int64_t after, int limit) {
  KL_TRY(Statement select,
         db.Prepare("SELECT number,kind,provider,site,id FROM hint AS h "
                    "WHERE number>? AND NOT EXISTS("
                    "SELECT 1 FROM hint AS o INDEXED BY hint_of_key WHERE o.kind=h.kind AND "
                    "o.provider=h.provider AND o.site=h.site AND o.id=h.id AND o.number>h.number) "
                    "ORDER BY number LIMIT ?"));
  select.Bind(after).Bind(limit);
  std::vector<Ticket> keys;
  while (true) {
    KL_TRY(const bool found, select.Step());
    if (!found) return keys;
    keys.push_back({.last = select.Int(0),
                    .key = {select.Int(1), select.Text(2), select.Text(3), select.Text(4)}});
  }
}

Hint ReadHint(const Statement& s, const Key& key) {
  return {.kind = static_cast<HintKind>(key.kind),
          .provider = key.provider,
          .site = key.site,
          .id = key.id,
          .version = s.Int(1),
          .entitlements = s.Int(2) != 0,
          .event_id = s.Text(3),
          .event_type = s.Text(4),
          .occurred = WallTime(Duration(s.Int(5))),
          .trace = s.Text(6)};
}

// All hints of one key as one. What names a single event is the oldest's.
Result<PendingHint> Merge(Connection& db, Ticket ticket) {
  KL_TRY(
      Statement select,
      db.Prepare("SELECT number,version,entitlements,event_id,event_type,occurred,trace,received "
                 "FROM hint WHERE kind=? AND provider=? AND site=? AND id=? ORDER BY number"));
  const Key& key = ticket.key;
  select.Bind(key.kind).Bind(key.provider).Bind(key.site).Bind(key.id);
  PendingHint merged;
  bool first = true;
  while (true) {
    KL_TRY(const bool found, select.Step());
    if (!found) break;
    Hint hint = ReadHint(select, key);
    if (first) ticket.first = select.Int(0);
    ticket.last = select.Int(0);
    if (!hint.event_id.empty()) {
      if (merged.events.size() == kMaxEvents) merged.events.erase(merged.events.begin());
      merged.events.emplace_back(hint.event_id, hint.event_type);
    }
    if (std::exchange(first, false)) {
      merged.hint = std::move(hint);
      merged.received = WallTime(Duration(select.Int(7)));
      continue;
    }
    merged.hint.version = std::max(merged.hint.version, hint.version);
    merged.hint.entitlements |= hint.entitlements;
    if (merged.hint.trace.empty()) merged.hint.trace = hint.trace;
  }
  merged.ticket = ToText(ticket);
  return merged;
}

}  // namespace

Task<Status> HintTable::Add(std::vector<Hint> hints) {
  return writer_.Write<void>(
      [hints = std::move(hints), now = writer_.loop().Now()](Transaction& transaction) -> Status {
        for (const Hint& hint : hints) KL_RETURN_IF_ERROR(Insert(transaction, hint, now));
        if (!hints.empty()) transaction.Changed(kHintAdded, "");
        return {};
      });
}

Task<Result<std::vector<PendingHint>>> HintTable::Pending(std::string after, int limit) {
  using Page = std::vector<PendingHint>;
  return writer_.Read<Page>([after = std::move(after), limit](Connection& db) -> Result<Page> {
    std::int64_t from = 0;
    if (!after.empty()) {
      const auto ticket = ParseTicket(after);
      if (!ticket) return Fail(ErrorKind::kInvalid, "after: not a hint's ticket", "after");
      from = ticket->last;
    }
    KL_TRY(std::vector<Ticket> keys, PendingKeys(db, from, limit));
    Page page;
    page.reserve(keys.size());
    for (Ticket& key : keys) {
      KL_TRY(PendingHint merged, Merge(db, std::move(key)));
      page.push_back(std::move(merged));
    }
    return page;
  });
}

Task<Status> HintTable::Done(std::string ticket) {
  return writer_.Write<void>([ticket = std::move(ticket)](Transaction& transaction) -> Status {
    const auto t = ParseTicket(ticket);
    if (!t) return {};
    return transaction.db.Run(
        "DELETE FROM hint WHERE kind=? AND provider=? AND site=? AND id=? AND number<=?",
        t->key.kind, t->key.provider, t->key.site, t->key.id, t->last);
  });
}

Task<void> HintTable::Wait() { (void)co_await added_->Next(); }

}  // namespace kl::sqlite
