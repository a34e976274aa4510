// One SQLite connection: prepared statements that are kept, and SQLite's result codes as our error
// kinds. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kl::sqlite {

enum class OpenMode { kReadOnly, kReadWrite };

// A prepared statement borrowed from its connection: reset and unbound when it goes out of scope.
// Values bound as text must live until then.
class Statement {
 public:
  Statement(Statement&& o) noexcept : db_(o.db_), stmt_(std::exchange(o.stmt_, nullptr)) {}
  Statement(const Statement&) = delete;
  ~Statement();

  // Parameters are bound in order, from the first.
  Statement& Bind(std::string_view text);
  Statement& Bind(std::int64_t number);
  Statement& BindBlob(std::string_view bytes);
  // True: a row is there. Errors as Connection says.
  Result<bool> Step();

  // Columns of the present row, from 0. Valid until the next Step().
  std::int64_t Int(int column) const;
  std::uint64_t Unsigned(int column) const { return static_cast<std::uint64_t>(Int(column)); }
  std::string Text(int column) const;  // also of blobs

 private:
  friend class Connection;
  Statement(sqlite3* db, sqlite3_stmt* stmt) : db_(db), stmt_(stmt) {}
  sqlite3* db_;
  sqlite3_stmt* stmt_;
  int next_ = 1;
};

// Errors of every call: kExhausted (disk full, memory), kUnavailable (I/O, locked by someone else),
// kCorrupt (the file is damaged or not a database), kInternal (our SQL is wrong).
class Connection {
 public:
  // The file must exist: whoever creates it decides its mode.
  static Result<Connection> Open(const std::string& path, OpenMode mode);
  Connection(Connection&&) noexcept;
  ~Connection();

  // `sql` is one statement and lives as long as the connection (a literal): it is the cache's key.
  Result<Statement> Prepare(std::string_view sql);
  // Several statements without parameters or rows, not kept.
  Status Execute(const std::string& script);
  // One kept statement without rows: Run("DELETE FROM t WHERE a=? AND b=?", text, 7).
  template <class... Args>
  Status Run(std::string_view sql, const Args&... args) {
    KL_TRY(Statement statement, Prepare(sql));
    (statement.Bind(args), ...);
    if (auto stepped = statement.Step(); !stepped) return Fail(std::move(stepped.error()));
    return {};
  }
  // The first column of the first row of a statement that has one.
  Result<std::int64_t> Number(const std::string& sql);

  // Rows that the last INSERT, UPDATE or DELETE touched.
  int changes() const;
  bool in_transaction() const;
  // Pages in the write-ahead log after the last commit.
  int wal_pages() const { return *wal_pages_; }
  // Moves what the log holds into the database file; never waits for readers.
  Status Checkpoint();
  // The same, and the log's file is emptied.
  Status CheckpointAll();

 private:
  Connection() = default;
  Error LastError() const;

  sqlite3* db_ = nullptr;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;
  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);
};

}  // namespace kl::sqlite
