// The tables, and how a database of an earlier version becomes one of this.
#pragma once

#include <span>
#include <string>

#include "adapters/store_sqlite/connection.h"

namespace kl::sqlite {

// Script that leads from schema `to - 1` to schema `to`.
struct Migration {
  int to;
  const char* script;
};

// Numbered from 1 without gaps; a released one is never changed.
std::span<const Migration> Migrations();

// What a database file holds, found without changing a byte of it: 0 for a new (empty) file.
// kInvalid when it is a database of another program; kCorrupt when it is none.
Result<int> SchemaOf(const std::string& path);

// Brings the database at `path`, opened as `db`, to the last of `migrations`, each in a transaction
// of its own. Before a migration of a file that holds something a copy is kept beside it as
// "<path>.before-v<to>". A schema newer than the last is refused before anything is touched.
Status Migrate(Connection& db, const std::string& path, std::span<const Migration> migrations);
// kInvalid, naming the file and the remedy, when `schema` is newer than the last of `migrations`.
Status CheckSchemaKnown(const std::string& path, int schema, std::span<const Migration> migrations);

}  // namespace kl::sqlite
