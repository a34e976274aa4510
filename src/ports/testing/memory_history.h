// MemoryHistory: the twin of History.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "ports/history.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

class MemoryHistory : public History {
 public:
  explicit MemoryHistory(CallGate& gate) : gate_(gate) {}

  Task<Status> Append(std::vector<HistoryRecord> records) override;
  Task<Result<std::vector<HistoryRecord>>> Read(HistoryQuery query) override;
  Task<Result<int>> Prune(std::string stream, WallTime before) override;

  // 0: everything is kept. Else the oldest of a stream go, so that long runs stay small; their ids
  // stay known.
  std::size_t keep = 0;

 private:
  struct Stream {
    std::map<std::uint64_t, HistoryRecord> records;  // by number of arrival
    std::unordered_set<std::string> ids;
  };

  CallGate& gate_;
  std::map<std::string, Stream> streams_;
  std::uint64_t last_number_ = 0;
};

}  // namespace kl::testing
