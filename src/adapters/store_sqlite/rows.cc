#include "adapters/store_sqlite/rows.h"

namespace kl::sqlite {
namespace {

// Columns as every SELECT of this file names them.
Row ReadRow(const Statement& s) {
  return {.name = s.Text(0),
          .uid = s.Text(1),
          .version = s.Unsigned(2),
          .generation = s.Unsigned(3),
          .created = s.Int(4),
          .spec = s.Text(5),
          .status = s.Text(6)};
}

std::int64_t Signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

Result<std::optional<Row>> FindRow(Connection& db, std::string_view kind, std::string_view name) {
  KL_TRY(Statement select, db.Prepare("SELECT name,uid,version,generation,created,spec,status "
                                      "FROM object WHERE kind=? AND name=?"));
  KL_TRY(const bool found, select.Bind(kind).Bind(name).Step());
  if (!found) return std::nullopt;
  return ReadRow(select);
}

Result<std::vector<Row>> ListRows(Connection& db, std::string_view kind, std::string_view after,
                                  int limit) {
  KL_TRY(Statement select,
         db.Prepare("SELECT name,uid,version,generation,created,spec,status FROM object "
                    "WHERE kind=? AND name>? ORDER BY name LIMIT ?"));
  select.Bind(kind).Bind(after).Bind(limit);
  std::vector<Row> rows;
  while (true) {
    KL_TRY(const bool found, select.Step());
    if (!found) return rows;
    rows.push_back(ReadRow(select));
  }
}

Status InsertRow(Connection& db, std::string_view kind, const Row& row) {
  return db.Run(
      "INSERT INTO object(kind,name,uid,version,generation,created,spec,status) "
      "VALUES(?,?,?,?,?,?,?,?)",
      kind, row.name, row.uid, Signed(row.version), Signed(row.generation), row.created, row.spec,
      row.status);
}

Status UpdateRow(Connection& db, std::string_view kind, const Row& row) {
  return db.Run("UPDATE object SET version=?,generation=?,spec=?,status=? WHERE kind=? AND name=?",
                Signed(row.version), Signed(row.generation), row.spec, row.status, kind, row.name);
}

Status DeleteRow(Connection& db, std::string_view kind, std::string_view name) {
  return db.Run("DELETE FROM object WHERE kind=? AND name=?", kind, name);
}

}  // namespace kl::sqlite
