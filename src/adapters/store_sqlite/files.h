// Files of the data directory: readable by their owner only, and on disk before anything relies on
// them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kl::sqlite {

// Creates `path` empty with mode 0600, or takes group's and others' rights from the one that is
// there. kUnavailable with the system's words.
Status EnsurePrivateFile(const std::string& path);

// Creates `path` with mode 0600 and `content`, synced with its directory. kConflict when it exists:
// never overwritten. After a crash it is there whole or not at all.
Status CreateDurably(const std::string& path, std::string_view content);

// `path` holds `content`, synced, mode 0600; what was there is replaced. After a crash it is the
// old one or the new one, whole.
Status ReplaceDurably(const std::string& path, std::string_view content);

// Absent afterwards, a draft of it that a crash left included, and so on disk. kUnavailable.
Status RemoveDurably(const std::string& path);

// `path` is a directory with mode 0700, synced with the one it is in; one that is there stays as it
// is. kUnavailable.
Status EnsurePrivateDirectory(const std::string& path);

// `to` becomes a synced copy of `from` with mode 0600; an older `to` is replaced.
Status CopyDurably(const std::string& from, const std::string& to);

// kNotFound, kUnavailable. At most `limit` bytes; kInvalid when there are more.
Result<std::string> ReadSmallFile(const std::string& path, std::size_t limit);

// An exclusive lock on "<path>", held until destroyed and let go by the system when the process
// dies.
class FileLock {
 public:
  // kUnavailable, naming the file, the process that holds it and the remedy.
  static Result<FileLock> Take(const std::string& path);
  FileLock(FileLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace kl::sqlite
