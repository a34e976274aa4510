#include "adapters/store_sqlite/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace kl::sqlite {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error SystemError(const std::string& path, std::string_view what) {
  const int code = errno;
  const ErrorKind kind =
      code == ENOSPC || code == EDQUOT ? ErrorKind::kExhausted : ErrorKind::kUnavailable;
  return Error{kind, "file '" + path + "': " + std::string(what) + ": " +
                         std::generic_category().message(code)};
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string DirectoryOf(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

// A new name is durable only when its directory is.
Status SyncDirectoryOf(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Fail(SystemError(directory, "cannot be synced"));
  return {};
}

Status WriteDraft(const std::string& draft, std::string_view content) {
  const Fd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return Fail(SystemError(draft, "cannot be created"));
  if (::fchmod(fd.get(), 0600) != 0 || !WriteAll(fd.get(), content) || ::fsync(fd.get()) != 0) {
    Error error = SystemError(draft, "cannot be written");
    ::unlink(draft.c_str());
    return Fail(std::move(error));
  }
  return {};
}

}  // namespace

Status EnsurePrivateFile(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return Fail(SystemError(path, "cannot be opened"));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Fail(SystemError(path, "cannot be looked at"));
  if ((info.st_mode & 077) != 0 && ::fchmod(fd.get(), info.st_mode & 0700) != 0) {
    return Fail(SystemError(path, "cannot be made private"));
  }
  return {};
}

Status CreateDurably(const std::string& path, std::string_view content) {
  const std::string draft = path + ".new";
  KL_RETURN_IF_ERROR(WriteDraft(draft, content));
  const int linked = ::link(draft.c_str(), path.c_str());  // unlike rename, never replaces
  const Error error = SystemError(path, "cannot be created");
  const bool exists = linked != 0 && errno == EEXIST;
  ::unlink(draft.c_str());
  if (exists) return Fail(ErrorKind::kConflict, "file '" + path + "': exists already");
  if (linked != 0) return Fail(error);
  return SyncDirectoryOf(path);
}

Status ReplaceDurably(const std::string& path, std::string_view content) {
  const std::string draft = path + ".new";
  KL_RETURN_IF_ERROR(WriteDraft(draft, content));
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    Error error = SystemError(path, "cannot be replaced");
    ::unlink(draft.c_str());
    return Fail(std::move(error));
  }
  return SyncDirectoryOf(path);
}

Status RemoveDurably(const std::string& path) {
  bool removed = false;
  for (const std::string& each : {path + ".new", path}) {
    if (::unlink(each.c_str()) == 0) {
      removed = true;
    } else if (errno != ENOENT) {
      return Fail(SystemError(each, "cannot be removed"));
    }
  }
  return removed ? SyncDirectoryOf(path) : Status{};
}

Status EnsurePrivateDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return SyncDirectoryOf(path);
  if (errno != EEXIST) return Fail(SystemError(path, "cannot be made"));
  return {};
}

Status CopyDurably(const std::string& from, const std::string& to) {
  const std::string draft = to + ".new";
  std::error_code ec;
  std::filesystem::copy_file(from, draft, std::filesystem::copy_options::overwrite_existing, ec);
  if (ec) {
    errno = ec.value();
    Error error = SystemError(draft, "cannot be copied");
    ::unlink(draft.c_str());
    return Fail(std::move(error));
  }
  const Fd fd(::open(draft.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd || ::fchmod(fd.get(), 0600) != 0 || ::fsync(fd.get()) != 0 ||
      ::rename(draft.c_str(), to.c_str()) != 0) {
    return Fail(SystemError(to, "cannot be copied"));
  }
  return SyncDirectoryOf(to);
}

Result<std::string> ReadSmallFile(const std::string& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) {
    return Fail(ErrorKind::kNotFound, "file '" + path + "': does not exist");
  }
  if (!fd) return Fail(SystemError(path, "cannot be read"));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Fail(SystemError(path, "cannot be looked at"));
  const auto expected = static_cast<std::size_t>(std::max<off_t>(info.st_size, 0));
  // One byte more than it should have, to see that it has grown.
  std::string bytes(std::min(expected, limit) + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(SystemError(path, "cannot be read"));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > limit) {
    return Fail(ErrorKind::kInvalid,
                "file '" + path + "': longer than " + std::to_string(limit) + " bytes");
  }
  bytes.resize(size);
  return bytes;
}

Result<FileLock> FileLock::Take(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return Fail(SystemError(path, "cannot be opened"));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Fail(SystemError(path, "cannot be locked"));
    char holder[24] = {};
    const ssize_t n = ::pread(fd.get(), holder, sizeof holder - 1, 0);
    const std::string who = n > 0 ? "process " + std::string(holder) : "another process";
    return Fail(ErrorKind::kUnavailable,
                "file '" + path + "': locked by " + who +
                    ": one process uses a data directory, stop it or give another data_dir");
  }
  // For the message above only; the lock itself does not depend on it.
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(fd.get(), 0) == 0) (void)!::pwrite(fd.get(), self.data(), self.size(), 0);
  return FileLock(fd.Release());
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace kl::sqlite
