#include "adapters/store_sqlite/history_table.h"

#include <charconv>

namespace kl::sqlite {
namespace {

// A record whose id is known already is left as it was first written.
Status Insert(Transaction& transaction, const HistoryRecord& r) {
  return transaction.db.Run(
      "INSERT INTO history(number,stream,id,subject,kind,at,trace,body) VALUES(?,?,?,?,?,?,?,?) "
      "ON CONFLICT DO NOTHING",
      static_cast<std::int64_t>(transaction.NextNumber()), r.stream, r.id, r.subject, r.kind,
      r.at.time_since_epoch().count(), r.trace, r.body);
}

#define KL_HISTORY_COLUMNS "SELECT number,stream,id,subject,kind,at,trace,body FROM history "

// One statement for each index, so that none reads more rows than it answers.
Result<Statement> Select(Connection& db, const HistoryQuery& query, std::int64_t before) {
  if (!query.id.empty()) {
    KL_TRY(Statement s, db.Prepare(KL_HISTORY_COLUMNS "WHERE stream=? AND id=? AND id<>'' AND "
                                                      "number<? ORDER BY number DESC LIMIT ?"));
    s.Bind(query.stream).Bind(query.id).Bind(before).Bind(query.limit);
    return s;
  }
  if (!query.subject.empty()) {
    KL_TRY(Statement s,
           db.Prepare(KL_HISTORY_COLUMNS "WHERE stream=? AND subject=? AND subject<>'' AND "
                                         "number<? ORDER BY number DESC LIMIT ?"));
    s.Bind(query.stream).Bind(query.subject).Bind(before).Bind(query.limit);
    return s;
  }
  KL_TRY(Statement s,
         db.Prepare(KL_HISTORY_COLUMNS "WHERE stream=? AND number<? ORDER BY number DESC LIMIT ?"));
  s.Bind(query.stream).Bind(before).Bind(query.limit);
  return s;
}

#undef KL_HISTORY_COLUMNS

Result<std::int64_t> ParseCursor(const std::string& cursor) {
  std::int64_t number = INT64_MAX;
  const char* end = cursor.data() + cursor.size();
  if (cursor.empty() ||
      std::from_chars(cursor.data(), end, number) == std::from_chars_result{end, std::errc()}) {
    return number;
  }
  return Fail(ErrorKind::kInvalid, "before: not a cursor of this store", "before");
}

}  // namespace

Task<Status> HistoryTable::Append(std::vector<HistoryRecord> records) {
  return writer_.Write<void>([records = std::move(records)](Transaction& transaction) -> Status {
    for (const HistoryRecord& record : records) KL_RETURN_IF_ERROR(Insert(transaction, record));
    return {};
  });
}

Task<Result<std::vector<HistoryRecord>>> HistoryTable::Read(HistoryQuery query) {
  using Records = std::vector<HistoryRecord>;
  return writer_.Read<Records>([query = std::move(query)](Connection& db) -> Result<Records> {
    if (query.limit < 1 || query.limit > 1000) {
      return Fail(ErrorKind::kInvalid, "limit: not from 1 to 1000", "limit");
    }
    KL_TRY(const std::int64_t before, ParseCursor(query.before));
    KL_TRY(Statement select, Select(db, query, before));
    Records records;
    while (true) {
      KL_TRY(const bool found, select.Step());
      if (!found) return records;
      // Id and subject together have no index of their own: an id is unique.
      if (!query.subject.empty() && select.Text(3) != query.subject) continue;
      records.push_back({.stream = select.Text(1),
                         .id = select.Text(2),
                         .subject = select.Text(3),
                         .kind = select.Text(4),
                         .at = WallTime(Duration(select.Int(5))),
                         .trace = select.Text(6),
                         .body = select.Text(7),
                         .cursor = select.Text(0)});
    }
  });
}

// Looks at the oldest rows only, so that its cost is bounded; a record that came late stands behind
// younger ones and goes a little later.
Task<Result<int>> HistoryTable::Prune(std::string stream, WallTime before) {
  return writer_.Write<int>(
      [stream = std::move(stream), before](Transaction& transaction) -> Result<int> {
        KL_RETURN_IF_ERROR(transaction.db.Run(
            "DELETE FROM history WHERE number IN (SELECT number FROM (SELECT number, at FROM "
            "history WHERE stream=? ORDER BY number LIMIT 10000) WHERE at<?)",
            stream, before.time_since_epoch().count()));
        return transaction.db.changes();
      });
}

}  // namespace kl::sqlite
