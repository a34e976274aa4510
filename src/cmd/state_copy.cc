#include "cmd/state_copy.h"

#include <filesystem>

#include "adapters/store_sqlite/files.h"
#include "adapters/store_sqlite/schema.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

// A store that was not closed in peace has its last commits in the log.
constexpr const char* kFiles[] = {"kuberlogic.db", "kuberlogic.db-wal"};
constexpr char kStore[] = "/kuberlogic.db";
constexpr std::uintmax_t kSpare = 64 << 20;

Result<sqlite::FileLock> Lock(const std::string& data_dir) {
  return sqlite::FileLock::Take(data_dir + kStore + ".lock");
}

Status CheckRoom(const std::string& data_dir) {
  std::uintmax_t needed = kSpare;
  std::error_code ec;
  for (const char* file : kFiles) {
    const auto size = fs::file_size(fs::path(data_dir) / file, ec);
    if (!ec) needed += size;
  }
  const fs::space_info space = fs::space(data_dir, ec);
  if (ec || space.available >= needed) return {};
  return Fail(ErrorKind::kExhausted, "disk: " + data_dir + " has " +
                                         std::to_string(space.available >> 20) + " MiB left, " +
                                         std::to_string(needed >> 20) +
                                         " MiB are needed to copy the state");
}

Status MoveAside(const std::string& data_dir, const std::string& to) {
  std::error_code ec;
  fs::create_directories(to, ec);
  for (const char* file : kFiles) {
    const fs::path present = fs::path(data_dir) / file;
    if (!ec && fs::exists(present, ec)) fs::rename(present, fs::path(to) / file, ec);
  }
  // Only an index of the log, made anew.
  if (!ec) fs::remove(data_dir + kStore + "-shm", ec);
  if (!ec) return {};
  return Fail(ErrorKind::kUnavailable,
              "store: cannot be moved from " + data_dir + " to " + to + ": " + ec.message());
}

}  // namespace

Status CopyState(const std::string& data_dir, const std::string& to) {
  KL_TRY(const sqlite::FileLock lock, Lock(data_dir));
  KL_RETURN_IF_ERROR(CheckRoom(data_dir));
  for (const char* file : kFiles) {
    const std::string from = data_dir + "/" + file;
    if (!fs::exists(from)) continue;
    KL_RETURN_IF_ERROR(sqlite::CopyDurably(from, to + "/" + file));
  }
  return {};
}

Result<bool> PutBackIfNeeded(const std::string& data_dir, const std::string& from) {
  if (!fs::exists(from + kStore)) return false;  // there was no store yet
  KL_TRY(const sqlite::FileLock lock, Lock(data_dir));
  KL_TRY(const int before, sqlite::SchemaOf(from + kStore));
  const Result<int> now = sqlite::SchemaOf(data_dir + kStore);
  if (now && *now == before) return false;
  KL_RETURN_IF_ERROR(MoveAside(data_dir, from + "/replaced"));
  for (const char* file : kFiles) {
    const std::string copy = from + "/" + file;
    if (!fs::exists(copy)) continue;
    KL_RETURN_IF_ERROR(sqlite::CopyDurably(copy, data_dir + "/" + file));
  }
  return true;
}

bool IsServed(const std::string& data_dir) {
  if (!fs::exists(data_dir + kStore)) return false;
  return !Lock(data_dir).has_value();
}

}  // namespace kl::cmd
