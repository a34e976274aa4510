#include "adapters/resolver_dns/resolver.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "adapters/resolver_dns/message.h"
#include "base/random.h"
#include "net/endpoint.h"

namespace kl {
namespace {

constexpr int kTries = 2;
constexpr std::size_t kMessageBytesMax = 4096;

struct Asked {
  std::vector<net::Endpoint> servers;
  std::string host;
  Duration limit{};
};

Result<net::Endpoint> ServerAddress(const std::string& text) {
  if (auto whole = net::ParseEndpoint(text); whole && whole->family() != AF_UNIX) return whole;
  const bool v6 = text.find(':') != std::string::npos && !text.starts_with('[');
  auto with_port = net::ParseEndpoint((v6 ? "[" + text + "]" : text) + ":53");
  if (with_port && with_port->family() != AF_UNIX) return with_port;
  return Fail(ErrorKind::kInvalid, "dns_resolver: '" + text + "' is no address", "dns_resolver");
}

// Read anew each time: the file changes when the network does.
Result<std::vector<net::Endpoint>> Servers(const ResolverOptions& options) {
  std::vector<net::Endpoint> out;
  if (!options.server.empty()) {
    KL_TRY(net::Endpoint server, ServerAddress(options.server));
    out.push_back(server);
    return out;
  }
  std::ifstream in(options.system_file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string key;
    std::string value;
    words >> key >> value;
    if (key != "nameserver") continue;
    if (auto server = ServerAddress(value)) out.push_back(*server);
  }
  if (!out.empty()) return out;
  return Fail(ErrorKind::kUnavailable,
              "no name server in " + options.system_file + ": set dns_resolver");
}

// One question to one server; the answer must come from it.
Result<dns::Reply> Ask(const net::Endpoint& server, const std::string& question, std::uint16_t id,
                       dns::Type type, Duration limit) {
  const int fd = ::socket(server.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(ErrorKind::kUnavailable, "no socket for a question to a name server");
  const auto* address = reinterpret_cast<const sockaddr*>(&server.address);
  Result<dns::Reply> out =
      Fail(ErrorKind::kUnavailable, "name server " + net::Describe(server) + " does not answer");
  const auto size = static_cast<ssize_t>(question.size());
  if (::connect(fd, address, server.size) == 0 &&
      ::send(fd, question.data(), question.size(), MSG_NOSIGNAL) == size) {
    pollfd wait{fd, POLLIN, 0};
    char buffer[kMessageBytesMax];
    if (::poll(&wait, 1, static_cast<int>(limit.count())) == 1) {
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got > 0) out = dns::ParseReply({buffer, static_cast<std::size_t>(got)}, id, type);
    }
  }
  ::close(fd);
  return out;
}

Result<dns::Reply> AskAll(const Asked& asked, dns::Type type) {
  Result<dns::Reply> last = Fail(ErrorKind::kUnavailable, "no name server");
  for (int attempt = 0; attempt < kTries; ++attempt) {
    for (const net::Endpoint& server : asked.servers) {
      const auto id = static_cast<std::uint16_t>(SystemRandom().Next());
      KL_TRY(const std::string question, dns::Question(id, asked.host, type));
      last = Ask(server, question, id, type, asked.limit);
      if (last) return last;
    }
  }
  return last;
}

Result<std::vector<std::string>> AddressesOf(const Asked& asked) {
  std::vector<std::string> out;
  for (dns::Type type : {dns::Type::kA, dns::Type::kAaaa}) {
    KL_TRY(const dns::Reply reply, AskAll(asked, type));
    // More addresses than a packet holds: those we know say enough, as all must be ours.
    out.insert(out.end(), reply.addresses.begin(), reply.addresses.end());
  }
  return out;
}

struct Block {
  std::uint32_t network;
  int bits;
};
// RFC 6890: what is not reachable from everywhere.
constexpr Block kNotPublic[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
    {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3}};

}  // namespace

bool IsPublicAddress(const std::string& text) {
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    const std::uint32_t address = ntohl(v4.s_addr);
    return std::ranges::none_of(kNotPublic, [&](const Block& block) {
      return (address ^ block.network) >> (32 - block.bits) == 0;
    });
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
  const bool documentation =
      v6.s6_addr[0] == 0x20 && v6.s6_addr[1] == 1 && v6.s6_addr[2] == 0x0d && v6.s6_addr[3] == 0xb8;
  return (v6.s6_addr[0] & 0xe0) == 0x20 && !documentation;  // 2000::/3 is all that was given out
}

Result<std::string> CanonicalAddress(const std::string& text) {
  for (int family : {AF_INET, AF_INET6}) {
    in6_addr address{};
    char out[INET6_ADDRSTRLEN] = {};
    if (::inet_pton(family, text.c_str(), &address) != 1) continue;
    return std::string(::inet_ntop(family, &address, out, sizeof out));
  }
  return Fail(ErrorKind::kInvalid, "public_addresses: '" + text + "' is no address",
              "public_addresses");
}

std::vector<std::string> OwnPublicAddresses() {
  std::vector<std::string> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return out;
  for (const ifaddrs* each = list; each; each = each->ifa_next) {
    if (!each->ifa_addr) continue;
    char text[INET6_ADDRSTRLEN] = {};
    const int family = each->ifa_addr->sa_family;
    if (family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      ::inet_ntop(family, &v4->sin_addr, text, sizeof text);
    } else if (family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      ::inet_ntop(family, &v6->sin6_addr, text, sizeof text);
    }
    if (IsPublicAddress(text)) out.emplace_back(text);
  }
  ::freeifaddrs(list);
  return out;
}

Result<std::unique_ptr<DnsResolver>> DnsResolver::Make(net::IoLoop& loop, ResolverOptions options) {
  if (!options.server.empty()) KL_RETURN_IF_ERROR(ServerAddress(options.server));
  return std::unique_ptr<DnsResolver>(new DnsResolver(loop, std::move(options)));
}

Task<Result<std::vector<std::string>>> DnsResolver::Addresses(std::string host) {
  Asked asked;
  asked.host = std::move(host);
  asked.limit = options_.limit;
  KL_CO_TRY(asked.servers, Servers(options_));
  auto work = [asked = std::move(asked)] { return AddressesOf(asked); };
  auto found = co_await Offload(loop_, pool_, std::move(work));
  co_return found;
}

}  // namespace kl
