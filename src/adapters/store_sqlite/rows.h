// The table of kept objects, without knowledge of what they hold. Writer's thread only.
#pragma once

#include <optional>
#include <vector>

#include "adapters/store_sqlite/writer.h"

namespace kl::sqlite {

struct Row {
  std::string name;
  std::string uid;
  std::uint64_t version = 0;
  std::uint64_t generation = 0;
  std::int64_t created = 0;  // milliseconds since the epoch
  std::string spec;          // JSON
  std::string status;
};

Result<std::optional<Row>> FindRow(Connection& db, std::string_view kind, std::string_view name);
// In order of name, after `after`.
Result<std::vector<Row>> ListRows(Connection& db, std::string_view kind, std::string_view after,
                                  int limit);
Status InsertRow(Connection& db, std::string_view kind, const Row& row);
// Writes version, generation, spec and status of the row of that name.
Status UpdateRow(Connection& db, std::string_view kind, const Row& row);
Status DeleteRow(Connection& db, std::string_view kind, std::string_view name);

}  // namespace kl::sqlite
