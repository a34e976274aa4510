#include "cmd/registry_auth.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/hash.h"
#include "domain/value.h"
#include "resources/value_json.h"

namespace kl::cmd {
namespace {

// "https://index.docker.io/v1/" is how Docker calls docker.io.
std::string HostOf(std::string url) {
  if (const auto scheme = url.find("://"); scheme != url.npos) url.erase(0, scheme + 3);
  url = url.substr(0, url.find('/'));
  return url == "index.docker.io" || url == "registry-1.docker.io" ? "docker.io" : url;
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

Status WriteRegistryAuth(const std::string& path, const RegistryLogin& login) {
  const std::string both = Base64(login.username + ":" + login.password.Reveal());
  const std::string text =
      ToJson(ValueMap{{"auths", ValueMap{{HostOf(login.url), ValueMap{{"auth", both}}}}}});
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && WriteAll(fd, text);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && std::rename(fresh.c_str(), path.c_str()) == 0) return {};
  return Fail(ErrorKind::kUnavailable,
              path + " cannot be written: " + std::strerror(written ? errno : error), "data_dir");
}

}  // namespace kl::cmd
