// History (ports/history.h) as rows, in the order they were appended.
#pragma once

#include "adapters/store_sqlite/history_index.h"
#include "adapters/store_sqlite/writer.h"
#include "ports/history.h"

namespace kl::sqlite {

// A record appended twice is kept twice until it is indexed, which is before anyone reads.
class HistoryTable : public History {
 public:
  explicit HistoryTable(Writer& writer);

  Task<Status> Append(std::vector<HistoryRecord> records) override;
  Task<Result<std::vector<HistoryRecord>>> Read(HistoryQuery query) override;
  Task<Result<int>> Prune(std::string stream, WallTime before) override;

 private:
  // On a full disk what is not indexed yet stays unseen; everything else can be read.
  Task<Status> IndexAll();
  Task<Result<std::vector<HistoryRecord>>> ReadIndexed(HistoryQuery query);
  Task<Result<int>> PruneSome(std::string stream, WallTime before, int limit);

  Writer& writer_;
  std::shared_ptr<HistoryIndex> index_ = std::make_shared<HistoryIndex>();
};

}  // namespace kl::sqlite
