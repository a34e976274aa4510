#include "adapters/store_sqlite/history_table.h"

#include <charconv>

namespace kl::sqlite {
namespace {

Status Insert(Transaction& transaction, const HistoryRecord& r) {
  return transaction.db.Run(
      "INSERT INTO history(number,stream,id,subject,kind,at,trace,body) VALUES(?,?,?,?,?,?,?,?)",
      static_cast<std::int64_t>(transaction.NextNumber()), r.stream, r.id, r.subject, r.kind,
      r.at.time_since_epoch().count(), r.trace, r.body);
}

// One statement for each way to ask, so that none reads more rows than it answers. CROSS JOIN keeps
// SQLite from turning the order round.
Result<Statement> Select(Connection& db, const HistoryQuery& query, std::int64_t before) {
#define KL_SELECT(table)                                                           \
  "SELECT h.number,h.stream,h.id,h.subject,h.kind,h.at,h.trace,h.body FROM " table \
  " AS k CROSS JOIN history AS h ON h.number=k.number WHERE k.stream=? AND k.number<? "
#define KL_NEWEST_FIRST "ORDER BY k.number DESC LIMIT ?"
  if (!query.id.empty()) {
    KL_TRY(Statement s, db.Prepare(KL_SELECT("history_by_id") "AND k.id=? " KL_NEWEST_FIRST));
    s.Bind(query.stream).Bind(before).Bind(query.id).Bind(query.limit);
    return s;
  }
  if (!query.subject.empty()) {
    KL_TRY(Statement s,
           db.Prepare(KL_SELECT("history_by_subject") "AND k.subject=? " KL_NEWEST_FIRST));
    s.Bind(query.stream).Bind(before).Bind(query.subject).Bind(query.limit);
    return s;
  }
  KL_TRY(Statement s, db.Prepare(KL_SELECT("history_by_stream") KL_NEWEST_FIRST));
  s.Bind(query.stream).Bind(before).Bind(query.limit);
  return s;
#undef KL_SELECT
#undef KL_NEWEST_FIRST
}

Result<std::int64_t> ParseCursor(const std::string& cursor) {
  std::int64_t number = INT64_MAX;
  const char* end = cursor.data() + cursor.size();
  if (cursor.empty() ||
      std::from_chars(cursor.data(), end, number) == std::from_chars_result{end, std::errc()}) {
    return number;
  }
  return Fail(ErrorKind::kInvalid, "before: not a cursor of this store", "before");
}

HistoryRecord ToRecord(const Statement& row) {
  return {.stream = row.Text(1),
          .id = row.Text(2),
          .subject = row.Text(3),
          .kind = row.Text(4),
          .at = WallTime(Duration(row.Int(5))),
          .trace = row.Text(6),
          .body = row.Text(7),
          .cursor = row.Text(0)};
}

}  // namespace

HistoryTable::HistoryTable(Writer& writer) : writer_(writer) {
  writer_.SetChore({.due = [index = index_](bool idle) { return index->Due(idle); },
                    .run = [index = index_](Transaction& transaction) -> Status {
                      KL_TRY(const bool worked, index->Advance(transaction, HistoryIndex::kStep));
                      (void)worked;  // what is left will be due again
                      return {};
                    }});
}

Task<Status> HistoryTable::Append(std::vector<HistoryRecord> records) {
  return writer_.Write<void>(
      [records = std::move(records), index = index_](Transaction& transaction) -> Status {
        for (const HistoryRecord& record : records) {
          KL_RETURN_IF_ERROR(Insert(transaction, record));
          index->Note();
        }
        return {};
      });
}

Task<Status> HistoryTable::IndexAll() {
  return writer_.Write<void>(
      [index = index_](Transaction& transaction) { return index->Finish(transaction); });
}

// The parts are functions of their own that are no coroutines: a lambda written inside a co_await
// expression is destroyed twice by GCC 12.
Task<Result<std::vector<HistoryRecord>>> HistoryTable::ReadIndexed(HistoryQuery query) {
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
      // Only a query by id may meet another subject: an id is unique in its stream.
      if (!query.subject.empty() && select.Text(3) != query.subject) continue;
      records.push_back(ToRecord(select));
    }
  });
}

Task<Result<int>> HistoryTable::PruneSome(std::string stream, WallTime before, int limit) {
  return writer_.Write<int>([stream = std::move(stream), before, limit](Transaction& transaction) {
    return PruneHistory(transaction, stream, before, limit);
  });
}

Task<Result<std::vector<HistoryRecord>>> HistoryTable::Read(HistoryQuery query) {
  (void)co_await IndexAll();
  co_return co_await ReadIndexed(std::move(query));
}

// In small transactions, so that others are not kept waiting. A record that came late stands behind
// younger ones and goes when they do.
Task<Result<int>> HistoryTable::Prune(std::string stream, WallTime before) {
  constexpr int kAtOnce = 500;
  constexpr int kAtMost = 10'000;
  KL_CO_RETURN_IF_ERROR(co_await IndexAll());
  int pruned = 0;
  while (pruned < kAtMost) {
    KL_CO_TRY(const int deleted, co_await PruneSome(stream, before, kAtOnce));
    pruned += deleted;
    if (deleted < kAtOnce) break;
  }
  co_return pruned;
}

}  // namespace kl::sqlite
