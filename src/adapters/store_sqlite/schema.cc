#include "adapters/store_sqlite/schema.h"

#include <filesystem>

#include "adapters/store_sqlite/files.h"

namespace kl::sqlite {
namespace {

// "KLGC" in the database header tells `file` and us whose database this is.
constexpr std::int64_t kApplicationId = 0x4B4C4743;

// `counter` gives object versions, hint numbers and history numbers: none is ever given twice, also
// not after its row has gone. Times are milliseconds since the epoch.
constexpr char kSchema1[] = R"sql(
CREATE TABLE counter(value INTEGER NOT NULL);
INSERT INTO counter VALUES(0);

CREATE TABLE object(
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT NOT NULL,
  version INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  created INTEGER NOT NULL,
  spec TEXT NOT NULL,
  status TEXT NOT NULL,
  UNIQUE(kind, name)
) STRICT;

CREATE TABLE hint(
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  provider TEXT NOT NULL,
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  entitlements INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  occurred INTEGER NOT NULL,
  trace TEXT NOT NULL,
  received INTEGER NOT NULL
) STRICT;
CREATE INDEX hint_of_key ON hint(kind, provider, site, id);

CREATE TABLE history(
  number INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  trace TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE history_by_stream(
  stream TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(stream, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE history_by_subject(
  stream TEXT NOT NULL, subject TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(stream, subject, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE history_by_id(
  stream TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(stream, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE history_indexed(up_to INTEGER NOT NULL, step INTEGER NOT NULL);
INSERT INTO history_indexed VALUES(0, 0);

CREATE TABLE secret(
  uid TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE seal_key(id TEXT NOT NULL PRIMARY KEY) STRICT;
)sql";

constexpr Migration kMigrations[] = {{1, kSchema1}};

std::string Quoted(const std::string& path) { return "store '" + path + "'"; }

Status Apply(Connection& db, const Migration& migration) {
  const std::string script = "BEGIN IMMEDIATE;" + std::string(migration.script) +
                             ";PRAGMA application_id=" + std::to_string(kApplicationId) +
                             ";PRAGMA user_version=" + std::to_string(migration.to) + ";COMMIT;";
  Status applied = db.Execute(script);
  if (!applied && db.in_transaction()) (void)db.Execute("ROLLBACK");
  return applied;
}

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }

Result<int> SchemaOf(const std::string& path) {
  std::error_code ec;
  if (std::filesystem::file_size(path, ec) == 0 || ec) return 0;
  auto db = Connection::Open(path, OpenMode::kReadOnly);
  if (!db) return Wrap(std::move(db.error()), Quoted(path));
  const auto application = db->Number("PRAGMA application_id");
  if (!application) return Wrap(application.error(), Quoted(path));
  const auto schema = db->Number("PRAGMA user_version");
  if (!schema) return Wrap(schema.error(), Quoted(path));
  const auto tables = db->Number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return Wrap(tables.error(), Quoted(path));
  if (*application == 0 && *schema == 0 && *tables == 0) return 0;
  if (*application != kApplicationId) {
    return Fail(ErrorKind::kInvalid,
                Quoted(path) + ": this is a database of another program, give another data_dir");
  }
  return static_cast<int>(*schema);
}

Status CheckSchemaKnown(const std::string& path, int schema,
                        std::span<const Migration> migrations) {
  const int newest = migrations.back().to;
  if (schema <= newest) return {};
  const std::string found = std::to_string(schema);
  return Fail(ErrorKind::kInvalid, Quoted(path) +
                                       ": written by a newer kuberlogic: it has schema " + found +
                                       ", this program knows up to " + std::to_string(newest) +
                                       ": run the newer program, or put a copy named " + path +
                                       ".before-v" + std::to_string(newest + 1) + " in its place");
}

Status Migrate(Connection& db, const std::string& path, std::span<const Migration> migrations) {
  const auto found = db.Number("PRAGMA user_version");
  if (!found) return Wrap(found.error(), Quoted(path));
  const int schema = static_cast<int>(*found);
  KL_RETURN_IF_ERROR(CheckSchemaKnown(path, schema, migrations));
  for (const Migration& migration : migrations) {
    if (migration.to <= schema) continue;
    const std::string name = "schema " + std::to_string(migration.to);
    if (migration.to > 1) {
      // With the log empty the file alone is the whole database.
      if (auto flushed = db.CheckpointAll(); !flushed) return Wrap(flushed.error(), Quoted(path));
      KL_RETURN_IF_ERROR(CopyDurably(path, path + ".before-v" + std::to_string(migration.to)));
    }
    if (auto applied = Apply(db, migration); !applied) {
      return Wrap(applied.error(), Quoted(path) + ": " + name);
    }
  }
  return {};
}

}  // namespace kl::sqlite
