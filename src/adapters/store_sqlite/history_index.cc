#include "adapters/store_sqlite/history_index.h"

namespace kl::sqlite {
namespace {

Result<std::vector<HistoryKeys>> ReadKeys(Statement& select) {
  std::vector<HistoryKeys> rows;
  while (true) {
    KL_TRY(const bool found, select.Step());
    if (!found) return rows;
    rows.push_back({select.Int(0), select.Text(1), select.Text(2), select.Text(3)});
  }
}

Result<std::vector<HistoryKeys>> NotIndexed(Connection& db, int limit) {
  KL_TRY(Statement select,
         db.Prepare("SELECT number,stream,id,subject FROM history WHERE number>"
                    "(SELECT up_to FROM history_indexed) ORDER BY number LIMIT ?"));
  return ReadKeys(select.Bind(limit));
}

Result<std::int64_t> StoredStep(Connection& db) {
  KL_TRY(Statement select, db.Prepare("SELECT step FROM history_indexed"));
  KL_TRY(const bool found, select.Step());
  return found ? select.Int(0) : 0;
}

// The number under which the id is known, 0 when it is not.
Result<std::int64_t> NumberOf(Connection& db, const HistoryKeys& row) {
  KL_TRY(Statement select, db.Prepare("SELECT number FROM history_by_id WHERE stream=? AND id=?"));
  KL_TRY(const bool found, select.Bind(row.stream).Bind(row.id).Step());
  return found ? select.Int(0) : 0;
}

Status PutId(Connection& db, HistoryKeys& row) {
  if (row.id.empty()) return {};
  KL_TRY(const std::int64_t known, NumberOf(db, row));
  if (known == row.number) return {};
  if (known == 0) {
    return db.Run("INSERT INTO history_by_id(stream,id,number) VALUES(?,?,?)", row.stream, row.id,
                  row.number);
  }
  KL_RETURN_IF_ERROR(db.Run("DELETE FROM history WHERE number=?", row.number));
  row.number = 0;
  return {};
}

Status PutSubject(Connection& db, const HistoryKeys& row) {
  if (row.subject.empty()) return {};
  return db.Run("INSERT OR IGNORE INTO history_by_subject(stream,subject,number) VALUES(?,?,?)",
                row.stream, row.subject, row.number);
}

Status PutStream(Connection& db, const HistoryKeys& row) {
  return db.Run("INSERT OR IGNORE INTO history_by_stream(stream,number) VALUES(?,?)", row.stream,
                row.number);
}

Status Delete(Connection& db, const HistoryKeys& row) {
  KL_RETURN_IF_ERROR(db.Run("DELETE FROM history WHERE number=?", row.number));
  KL_RETURN_IF_ERROR(
      db.Run("DELETE FROM history_by_stream WHERE stream=? AND number=?", row.stream, row.number));
  KL_RETURN_IF_ERROR(
      db.Run("DELETE FROM history_by_subject WHERE stream=? AND subject=? AND number=?", row.stream,
             row.subject, row.number));
  return db.Run("DELETE FROM history_by_id WHERE stream=? AND id=? AND number=?", row.stream,
                row.id, row.number);
}

}  // namespace

Status HistoryIndex::Begin(Connection& db) {
  KL_TRY(round_, NotIndexed(db, kRound));
  active_ = !round_.empty();
  waiting_ = active_ ? std::max(waiting_ - static_cast<int>(round_.size()), 0) : 0;
  if (!active_) return {};
  last_ = round_.back().number;
  Enter(Phase::kIds);
  return {};
}

// Neighbours in the index share a page: so each index gets its keys in its own order.
void HistoryIndex::Enter(Phase phase) {
  phase_ = phase;
  next_ = 0;
  std::erase_if(round_, [](const HistoryKeys& row) { return row.number == 0; });
  std::ranges::sort(round_, {}, [phase](const HistoryKeys& row) {
    const std::string_view key = phase == Phase::kIds        ? row.id
                                 : phase == Phase::kSubjects ? row.subject
                                                             : std::string_view();
    return std::tuple(std::string_view(row.stream), key, row.number);
  });
}

Status HistoryIndex::PutKeys(Connection& db, int limit) {
  for (; next_ < round_.size() && limit > 0; ++next_, --limit) {
    HistoryKeys& row = round_[next_];
    switch (phase_) {
      case Phase::kIds: KL_RETURN_IF_ERROR(PutId(db, row)); break;
      case Phase::kSubjects: KL_RETURN_IF_ERROR(PutSubject(db, row)); break;
      case Phase::kStreams: KL_RETURN_IF_ERROR(PutStream(db, row)); break;
      case Phase::kDone: break;
    }
  }
  return {};
}

Result<bool> HistoryIndex::Advance(Transaction& transaction, int limit) {
  Connection& db = transaction.db;
  KL_TRY(const std::int64_t step, StoredStep(db));
  if (step != step_) active_ = false;
  step_ = step;
  if (!active_) KL_RETURN_IF_ERROR(Begin(db));
  if (!active_) return false;
  KL_RETURN_IF_ERROR(PutKeys(db, limit));
  if (next_ == round_.size()) Enter(static_cast<Phase>(static_cast<int>(phase_) + 1));
  if (phase_ == Phase::kDone) {
    KL_RETURN_IF_ERROR(db.Run("UPDATE history_indexed SET up_to=?", last_));
    active_ = false;
    round_ = {};
  }
  KL_RETURN_IF_ERROR(db.Run("UPDATE history_indexed SET step=step+1"));
  ++step_;
  return true;
}

Status HistoryIndex::Finish(Transaction& transaction) {
  while (true) {
    KL_TRY(const bool worked, Advance(transaction, kRound));
    if (!worked) return {};
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
  KL_TRY(const std::vector<HistoryKeys> rows, ReadKeys(select));
  for (const HistoryKeys& row : rows) KL_RETURN_IF_ERROR(Delete(transaction.db, row));
  return static_cast<int>(rows.size());
}

}  // namespace kl::sqlite
