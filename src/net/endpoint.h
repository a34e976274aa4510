// Socket addresses and names.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "net/io_loop.h"

namespace kl::net {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;

  int family() const { return address.ss_family; }
};

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  std::string port;  // empty when the text names none
};

// "127.0.0.1:80", "[::1]:80" or "unix:/path". kInvalid for anything else, names included.
Result<Endpoint> ParseEndpoint(std::string_view text);
// "host", "host:port", "[v6]:port". kInvalid for a port that is none.
Result<HostPort> SplitHostPort(std::string_view text);
// As ParseEndpoint reads it.
std::string Describe(const Endpoint& endpoint);
// All addresses of a host, at least one; asks the system's resolver unless `host` is an address.
Task<Result<std::vector<Endpoint>>> Resolve(IoLoop& loop, HostPort where);

}  // namespace kl::net
