#include "adapters/store_sqlite/history_index.h"

namespace kl::sqlite {
namespace {

struct Keys {
  std::int64_t number = 0;
  std::string stream;
  std::string id;
  std::string subject;
};

Result<std::vector<Keys>> ReadKeys(Statement& select) {
  std::vector<Keys> rows;
  while (true) {
    KL_TRY(const bool found, select.Step());
    if (!found) return rows;
    rows.push_back({select.Int(0), select.Text(1), select.Text(2), select.Text(3)});
  }
}

Result<std::vector<Keys>> NotIndexed(Connection& db, int limit) {
  KL_TRY(Statement select,
         db.Prepare("SELECT number,stream,id,subject FROM history WHERE number>"
                    "(SELECT up_to FROM history_indexed) ORDER BY number LIMIT ?"));
  return ReadKeys(select.Bind(limit));
}

// In order of id, so that neighbours share a page. Numbers of records that are known already are
// deleted and get no other keys.
Status IndexIds(Connection& db, std::vector<Keys>& rows) {
  std::ranges::sort(rows, {}, [](const Keys& r) { return std::tie(r.stream, r.id, r.number); });
  for (Keys& row : rows) {
    if (row.id.empty()) continue;
    KL_RETURN_IF_ERROR(
        db.Run("INSERT INTO history_by_id(stream,id,number) VALUES(?,?,?) "
               "ON CONFLICT DO NOTHING",
               row.stream, row.id, row.number));
    if (db.changes() > 0) continue;
    KL_RETURN_IF_ERROR(db.Run("DELETE FROM history WHERE number=?", row.number));
    row.number = 0;
  }
  std::erase_if(rows, [](const Keys& row) { return row.number == 0; });
  return {};
}

Status IndexSubjects(Connection& db, std::vector<Keys>& rows) {
  std::ranges::sort(rows, {},
                    [](const Keys& r) { return std::tie(r.stream, r.subject, r.number); });
  for (const Keys& row : rows) {
    if (row.subject.empty()) continue;
    KL_RETURN_IF_ERROR(db.Run("INSERT INTO history_by_subject(stream,subject,number) VALUES(?,?,?)",
                              row.stream, row.subject, row.number));
  }
  return {};
}

Status IndexStreams(Connection& db, std::vector<Keys>& rows) {
  std::ranges::sort(rows, {}, [](const Keys& r) { return std::tie(r.stream, r.number); });
  for (const Keys& row : rows) {
    KL_RETURN_IF_ERROR(
        db.Run("INSERT INTO history_by_stream(stream,number) VALUES(?,?)", row.stream, row.number));
  }
  return {};
}

Status Delete(Connection& db, const Keys& row) {
  KL_RETURN_IF_ERROR(db.Run("DELETE FROM history WHERE number=?", row.number));
  KL_RETURN_IF_ERROR(
      db.Run("DELETE FROM history_by_stream WHERE stream=? AND number=?", row.stream, row.number));
  KL_RETURN_IF_ERROR(
      db.Run("DELETE FROM history_by_subject WHERE stream=? AND subject=? AND "
             "number=?",
             row.stream, row.subject, row.number));
  return db.Run("DELETE FROM history_by_id WHERE stream=? AND id=? AND number=?", row.stream,
                row.id, row.number);
}

}  // namespace

Result<bool> HistoryIndex::Advance(Transaction& transaction) {
  Connection& db = transaction.db;
  KL_TRY(std::vector<Keys> rows, NotIndexed(db, kBatch));
  const bool more = std::ssize(rows) == kBatch;
  if (!rows.empty()) {
    const std::int64_t last = rows.back().number;
    KL_RETURN_IF_ERROR(IndexIds(db, rows));
    KL_RETURN_IF_ERROR(IndexSubjects(db, rows));
    KL_RETURN_IF_ERROR(IndexStreams(db, rows));
    KL_RETURN_IF_ERROR(db.Run("UPDATE history_indexed SET up_to=?", last));
  }
  waiting_ = more ? std::max(waiting_ - kBatch, 0) : 0;
  return more;
}

Status HistoryIndex::Finish(Transaction& transaction) {
  while (true) {
    KL_TRY(const bool more, Advance(transaction));
    if (!more) return {};
  }
}

Result<int> PruneHistory(Transaction& transaction, const std::string& stream, WallTime before,
                         int limit) {
  KL_TRY(Statement select,
         transaction.db.Prepare(
             "SELECT h.number,h.stream,h.id,h.subject FROM (SELECT number FROM history_by_stream "
             "WHERE stream=? ORDER BY number LIMIT ?) AS oldest CROSS JOIN history AS h "
             "ON h.number=oldest.number WHERE h.at<?"));
  select.Bind(stream).Bind(limit).Bind(before.time_since_epoch().count());
  KL_TRY(const std::vector<Keys> rows, ReadKeys(select));
  for (const Keys& row : rows) KL_RETURN_IF_ERROR(Delete(transaction.db, row));
  return static_cast<int>(rows.size());
}

}  // namespace kl::sqlite
