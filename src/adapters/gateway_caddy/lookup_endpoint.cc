#include "adapters/gateway_caddy/lookup_endpoint.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "adapters/gateway_caddy/private_file.h"
#include "base/random.h"

namespace kl::gateway {
namespace {

constexpr std::size_t kSecretBytes = 32;

Result<std::uint16_t> FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool bound = fd >= 0 && ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  const int number = errno;
  if (fd >= 0) ::close(fd);
  if (bound) return ntohs(address.sin_port);
  return Fail(ErrorKind::kUnavailable,
              "no free loopback port: " + std::generic_category().message(number));
}

bool Parse(const std::string& text, LookupEndpoint& out) {
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, out.port);
  if (error != std::errc() || at == end || *at != ' ' || out.port == 0) return false;
  out.secret.assign(at + 1, end);
  return out.secret.size() == kSecretBytes;
}

}  // namespace

Result<LookupEndpoint> NewLookupEndpoint(const std::string& path) {
  LookupEndpoint out;
  KL_TRY(out.port, FreePort());
  out.secret = SystemRandom().Uid();
  KL_RETURN_IF_ERROR(WritePrivate(path, std::to_string(out.port) + " " + out.secret));
  return out;
}

Result<LookupEndpoint> KeptLookupEndpoint(const std::string& path) {
  LookupEndpoint out;
  if (auto text = ReadPrivate(path); text && Parse(*text, out)) return out;
  return NewLookupEndpoint(path);
}

}  // namespace kl::gateway
