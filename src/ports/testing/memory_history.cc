#include "ports/testing/memory_history.h"

#include <charconv>

namespace kl::testing {
namespace {

constexpr int kPruneMax = 10'000;

std::optional<std::uint64_t> ParseCursor(const std::string& cursor) {
  if (cursor.empty()) return UINT64_MAX;
  std::uint64_t number = 0;
  const char* end = cursor.data() + cursor.size();
  const auto result = std::from_chars(cursor.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

Task<Status> MemoryHistory::Append(std::vector<HistoryRecord> records) {
  KL_PASS(gate_, Before, "history.append");
  for (auto& record : records) {
    auto& stream = streams_[record.stream];
    if (!record.id.empty() && !stream.ids.insert(record.id).second) continue;
    record.cursor = std::to_string(++last_number_);
    stream.records.emplace(last_number_, std::move(record));
    if (keep > 0 && stream.records.size() > keep) stream.records.erase(stream.records.begin());
  }
  KL_PASS(gate_, After, "history.append");
  co_return Status();
}

Task<Result<std::vector<HistoryRecord>>> MemoryHistory::Read(HistoryQuery query) {
  KL_PASS(gate_, Before, "history.read");
  if (query.limit < 1 || query.limit > 1000) {
    co_return Fail(ErrorKind::kInvalid, "limit: not from 1 to 1000", "limit");
  }
  const auto before = ParseCursor(query.before);
  if (!before) co_return Fail(ErrorKind::kInvalid, "before: not a cursor of this store", "before");
  std::vector<HistoryRecord> found;
  const auto& records = streams_[query.stream].records;
  for (auto it = records.lower_bound(*before); it != records.begin();) {
    const auto& record = (--it)->second;
    if (!query.subject.empty() && record.subject != query.subject) continue;
    if (!query.id.empty() && record.id != query.id) continue;
    found.push_back(record);
    if (std::ssize(found) == query.limit) break;
  }
  KL_PASS(gate_, After, "history.read");
  co_return found;
}

Task<Result<int>> MemoryHistory::Prune(std::string stream, WallTime before) {
  KL_PASS(gate_, Before, "history.prune");
  auto& [records, ids] = streams_[stream];
  int dropped = 0;
  for (auto it = records.begin(); it != records.end() && dropped < kPruneMax;) {
    if (it->second.at >= before) {
      ++it;
      continue;
    }
    ids.erase(it->second.id);
    it = records.erase(it);
    ++dropped;
  }
  KL_PASS(gate_, After, "history.prune");
  co_return dropped;
}

}  // namespace kl::testing
