#include "adapters/store_sqlite/connection.h"

#include <sqlite3.h>

namespace kl::sqlite {
namespace {

ErrorKind KindOf(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM: return ErrorKind::kExhausted;
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY: return ErrorKind::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::kCorrupt;
    default: return ErrorKind::kInternal;
  }
}

// The detail says what a person can do; SQLite's own words follow it.
std::string_view Remedy(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return "disk full, make room: ";
    case SQLITE_IOERR: return "reading or writing the disk failed: ";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another process holds the database: ";
    case SQLITE_READONLY:
    case SQLITE_PERM: return "the database cannot be written, check its owner and mode: ";
    case SQLITE_CORRUPT: return "the database file is damaged, restore a copy: ";
    case SQLITE_NOTADB: return "the file is no database: ";
    default: return "";
  }
}

Error ErrorOf(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  return Error{KindOf(code), "store: " + std::string(Remedy(code)) + sqlite3_errmsg(db) + " (" +
                                 std::to_string(code) + ")"};
}

// Stands in the place of SQLite's own checkpoints: the log's length is noted, and when to
// checkpoint is the writer's decision. (PRAGMA wal_autocheckpoint would take it away again.)
int NoteWalPages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Statement::~Statement() {
  if (!stmt_) return;
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

Statement& Statement::Bind(std::string_view text) {
  // A null pointer would bind NULL: an empty view may have one.
  sqlite3_bind_text64(stmt_, next_++, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}
Statement& Statement::Bind(std::int64_t number) {
  sqlite3_bind_int64(stmt_, next_++, number);
  return *this;
}
Statement& Statement::BindBlob(std::string_view bytes) {
  sqlite3_bind_blob64(stmt_, next_++, bytes.data() ? bytes.data() : "", bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::Step() {
  switch (sqlite3_step(stmt_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return Fail(ErrorOf(db_));
  }
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(stmt_, column); }
std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(stmt_, column);
  const int size = sqlite3_column_bytes(stmt_, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : "";
}

Result<Connection> Connection::Open(const std::string& path, OpenMode mode) {
  Connection connection;
  const int flags = (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &connection.db_, flags, nullptr);
  if (!connection.db_) return Fail(ErrorKind::kExhausted, "store: out of memory");
  if (code != SQLITE_OK) return Fail(ErrorOf(connection.db_));
  sqlite3_extended_result_codes(connection.db_, 1);
  sqlite3_busy_timeout(connection.db_, 2000);
  sqlite3_wal_hook(connection.db_, NoteWalPages, connection.wal_pages_.get());
  return connection;
}

Connection::Connection(Connection&& o) noexcept
    : db_(std::exchange(o.db_, nullptr)),
      statements_(std::move(o.statements_)),
      wal_pages_(std::move(o.wal_pages_)) {
  o.statements_.clear();
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Error Connection::LastError() const { return ErrorOf(db_); }

Result<Statement> Connection::Prepare(std::string_view sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (!statement &&
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK) {
    return Fail(LastError());
  }
  return Statement(db_, statement);
}

Status Connection::Execute(const std::string& script) {
  if (sqlite3_exec(db_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Fail(LastError());
  }
  return {};
}

Result<std::int64_t> Connection::Number(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return Fail(LastError());
  }
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(statement, sqlite3_finalize);
  if (sqlite3_step(statement) != SQLITE_ROW) return Fail(LastError());
  return sqlite3_column_int64(statement, 0);
}

int Connection::changes() const { return sqlite3_changes(db_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

Status Connection::Checkpoint() {
  if (sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) !=
      SQLITE_OK) {
    return Fail(LastError());
  }
  *wal_pages_ = 0;
  return {};
}
Status Connection::CheckpointAll() {
  if (sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) !=
      SQLITE_OK) {
    return Fail(LastError());
  }
  *wal_pages_ = 0;
  return {};
}

}  // namespace kl::sqlite
