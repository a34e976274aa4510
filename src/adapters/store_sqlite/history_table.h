// History (ports/history.h) as rows, in the order they were appended.
#pragma once

#include "adapters/store_sqlite/writer.h"
#include "ports/history.h"

namespace kl::sqlite {

class HistoryTable : public History {
 public:
  explicit HistoryTable(Writer& writer) : writer_(writer) {}

  Task<Status> Append(std::vector<HistoryRecord> records) override;
  Task<Result<std::vector<HistoryRecord>>> Read(HistoryQuery query) override;
  Task<Result<int>> Prune(std::string stream, WallTime before) override;

 private:
  Writer& writer_;
};

}  // namespace kl::sqlite
