// The keys by which history is found, kept apart from the records and filled later, many at once.
// Records arrive one by one with random ids: were each put into its indexes at once, every commit
// would write a page of the database for every key. In order and by thousands they cost a fraction.
// Writer's thread only.
#pragma once

#include "adapters/store_sqlite/writer.h"

namespace kl::sqlite {

class HistoryIndex {
 public:
  // A record was appended.
  void Note() { ++waiting_; }
  // Whether so many records wait that it is time to index some.
  bool Due(bool idle) const { return waiting_ >= (idle ? kBatch : kBatch * 40); }

  // Indexes the oldest records that are not, at most kBatch; of records with equal ids the first
  // stays, the others are deleted. Returns whether more wait.
  Result<bool> Advance(Transaction& transaction);
  // Indexes all there are.
  Status Finish(Transaction& transaction);

 private:
  static constexpr int kBatch = 500;
  // Records appended and not indexed; at first not known, so that the first look finds out.
  int waiting_ = kBatch;
};

// Deletes the records of `stream` older than `before` among its `limit` oldest, with their keys.
// Returns how many.
Result<int> PruneHistory(Transaction& transaction, const std::string& stream, WallTime before,
                         int limit);

}  // namespace kl::sqlite
