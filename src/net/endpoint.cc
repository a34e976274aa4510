#include "net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <cstring>

namespace kl::net {
namespace {

using Tcp = boost::asio::ip::tcp;

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<Endpoint> FromLiteral(const std::string& host, std::uint16_t port) {
  Endpoint out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.address);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out.size = sizeof *v4;
    return out;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.address);
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out.size = sizeof *v6;
    return out;
  }
  return std::nullopt;
}

Result<Endpoint> FromPath(std::string_view path) {
  Endpoint out;
  auto* local = reinterpret_cast<sockaddr_un*>(&out.address);
  if (path.empty() || path.size() >= sizeof local->sun_path) {
    return Fail(ErrorKind::kInvalid, "not a usable socket path: 'unix:" + std::string(path) +
                                         "' (1 to 107 bytes are possible)");
  }
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.data(), path.size());
  out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return out;
}

Endpoint FromAsio(const Tcp::endpoint& from) {
  Endpoint out;
  std::memcpy(&out.address, from.data(), from.size());
  out.size = static_cast<socklen_t>(from.size());
  return out;
}

}  // namespace

Result<HostPort> SplitHostPort(std::string_view text) {
  const auto bad = [&] {
    return Fail(ErrorKind::kInvalid, "not host[:port]: '" + std::string(text) + "'");
  };
  HostPort out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return bad();
    out.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (out.host.empty()) return bad();
  if (rest.empty()) return out;
  if (!rest.starts_with(':') || !ParsePort(rest.substr(1))) return bad();
  out.port = rest.substr(1);
  return out;
}

Result<Endpoint> ParseEndpoint(std::string_view text) {
  if (text.starts_with("unix:")) return FromPath(text.substr(5));
  KL_TRY(HostPort parts, SplitHostPort(text));
  const auto port = ParsePort(parts.port);
  if (port) {
    if (auto literal = FromLiteral(parts.host, *port)) return *literal;
  }
  return Fail(ErrorKind::kInvalid,
              "not an address: '" + std::string(text) + "' (such as 127.0.0.1:80 or unix:/path)");
}

std::string Describe(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = {};
  const auto* raw = &endpoint.address;
  switch (endpoint.family()) {
    case AF_INET: {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(raw);
      inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
      return std::string(text) + ":" + std::to_string(ntohs(v4->sin_port));
    }
    case AF_INET6: {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(raw);
      inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
      return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6->sin6_port));
    }
    case AF_UNIX:
      // A client's end of a unix socket has no path.
      if (endpoint.size <= offsetof(sockaddr_un, sun_path)) return "unix:";
      return "unix:" + std::string(reinterpret_cast<const sockaddr_un*>(raw)->sun_path);
    default: return "unknown";
  }
}

Task<Result<std::vector<Endpoint>>> Resolve(IoLoop& loop, HostPort where) {
  const auto port = ParsePort(where.port);
  if (!port) co_return Fail(ErrorKind::kInvalid, "no port: host '" + where.host + "'");
  if (auto literal = FromLiteral(where.host, *port)) {
    co_return std::vector<Endpoint>{*literal};
  }
  using Answer = std::pair<boost::system::error_code, std::vector<Endpoint>>;
  Completer<Answer> completer(loop);
  auto resolver = std::make_shared<Tcp::resolver>(loop.context());
  resolver->async_resolve(where.host, where.port,
                          [completer, resolver](auto ec, const Tcp::resolver::results_type& all) {
                            std::vector<Endpoint> found;
                            for (const auto& entry : all)
                              found.push_back(FromAsio(entry.endpoint()));
                            completer.Set(Answer(ec, std::move(found)));
                          });
  Answer answer = co_await completer.Get();
  if (answer.first || answer.second.empty()) {
    co_return Fail(ErrorKind::kUnavailable,
                   "cannot resolve host '" + where.host + "': " + answer.first.message());
  }
  co_return std::move(answer.second);
}

}  // namespace kl::net
