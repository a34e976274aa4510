#include "adapters/gateway_caddy/port_check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace kl::gateway {

Status CheckPortFree(std::uint16_t port, bool all_addresses, const std::string& option) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Fail(ErrorKind::kUnavailable,
                "cannot make a socket: " + std::generic_category().message(errno));
  }
  // Connections of a former process in TIME_WAIT do not count as taken; a listener does.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(all_addresses ? INADDR_ANY : INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const int number = errno;
  ::close(fd);
  if (bound) return {};
  std::string why = "cannot listen on port " + std::to_string(port) + ": ";
  if (number == EADDRINUSE) {
    why += "another program has it; stop that program or choose another " + option;
  } else {
    why += std::generic_category().message(number) + "; choose another " + option;
  }
  return Fail(ErrorKind::kUnavailable, why);
}

}  // namespace kl::gateway
