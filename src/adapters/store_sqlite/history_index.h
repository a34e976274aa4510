// The keys by which history is found, kept apart from the records and filled later, many at once.
// Records arrive one by one with random ids: were each put into its indexes at once, every commit
// would write a page of the database for every key. In order and by thousands they cost a fraction.
// Writer's thread only.
#pragma once

#include "adapters/store_sqlite/writer.h"

namespace kl::sqlite {

// A record that is to be indexed; number 0: it was a duplicate and is gone.
struct HistoryKeys {
  std::int64_t number = 0;
  std::string stream;
  std::string id;
  std::string subject;
};

class HistoryIndex {
 public:
  // A record was appended.
  void Note() { ++waiting_; }
  // Whether so many records wait that a round of indexing pays, or one is under way.
  bool Due(bool idle) const { return idle ? active_ || waiting_ >= kRound : waiting_ >= kMost; }

  // One step of a round: at most `limit` keys. A round takes the oldest records that are not
  // indexed, puts them into one index after the other in its order, and then says so in the
  // database; repeating a part of it changes nothing. Of records with equal ids the first stays,
  // the others are deleted. Returns false when there was nothing to do.
  Result<bool> Advance(Transaction& transaction, int limit);
  // Indexes all there are.
  Status Finish(Transaction& transaction);

  // Keys of one step between two commits: a few milliseconds.
  static constexpr int kStep = 200;

 private:
  enum class Phase { kIds, kSubjects, kStreams, kDone };
  static constexpr int kRound = 10'000;  // records; about 2 MiB while under way
  static constexpr int kMost = 20 * kRound;

  Status Begin(Connection& db);
  Status PutKeys(Connection& db, int limit);
  void Enter(Phase phase);

  // Records appended and not indexed; at first not known, so that the first look finds out.
  int waiting_ = kRound;
  bool active_ = false;
  Phase phase_ = Phase::kIds;
  std::vector<HistoryKeys> round_;
  std::size_t next_ = 0;   // in round_
  std::int64_t last_ = 0;  // number of the round's last record
  // Steps made, as the database has it: another number there means that a step was rolled back, and
  // the round begins anew.
  std::int64_t step_ = -1;
};

// Deletes the records of `stream` older than `before` among its `limit` oldest, with their keys.
// Returns how many.
Result<int> PruneHistory(Transaction& transaction, const std::string& stream, WallTime before,
                         int limit);

}  // namespace kl::sqlite
