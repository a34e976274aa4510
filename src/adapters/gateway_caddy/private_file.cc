#include "adapters/gateway_caddy/private_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace kl::gateway {
namespace {

constexpr std::size_t kBytesMax = 1 << 20;

std::unexpected<Error> FileError(const std::string& what, const std::string& path, int number) {
  const ErrorKind kind = number == ENOSPC || number == EDQUOT ? ErrorKind::kExhausted
                         : number == ENOENT                   ? ErrorKind::kNotFound
                                                              : ErrorKind::kUnavailable;
  return Fail(kind, what + ": '" + path + "': " + std::generic_category().message(number));
}

}  // namespace

Result<std::string> ReadPrivate(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("cannot read", path, errno);
  std::string out;
  char buffer[16 << 10];
  ssize_t got = 0;
  while (out.size() < kBytesMax && (got = ::read(fd, buffer, sizeof buffer)) > 0) {
    out.append(buffer, static_cast<std::size_t>(got));
  }
  const int number = errno;
  ::close(fd);
  if (got < 0) return FileError("cannot read", path, number);
  return out;
}

Status WritePrivate(const std::string& path, const std::string& text) {
  const std::string fresh = path + "~";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("cannot write", fresh, errno);
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     ::fsync(fd) == 0;
  const int number = errno;
  ::close(fd);
  if (!whole) return FileError("cannot write", fresh, number);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return FileError("cannot write", path, errno);
  return {};
}

}  // namespace kl::gateway
