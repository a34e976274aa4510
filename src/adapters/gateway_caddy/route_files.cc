#include "adapters/gateway_caddy/route_files.h"

#include <algorithm>
#include <charconv>

namespace kl::gateway {
namespace {

constexpr std::string_view kInsecureMark = "+http";
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kSegmentBytesMax = 200;  // a file name has 255
constexpr std::size_t kUpstreamBytesMax = 200;

bool IsHostChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  std::size_t label = 0;
  for (char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!IsHostChar(c) || ++label > kLabelBytesMax) {
      return false;
    }
  }
  return label > 0;
}

// host:port, where the host is a name or an address; an IPv6 address is in brackets.
bool IsUpstream(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > kUpstreamBytesMax)
    return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  if (port == 0 || port > 65535) return false;
  return std::ranges::all_of(host, [](char c) {
    return IsHostChar(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

bool IsSegment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == ".." || segment.size() > kSegmentBytesMax) {
    return false;
  }
  return std::ranges::all_of(segment, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '\\' && c != '/';
  });
}

std::vector<std::string_view> Segments(std::string_view prefix) {
  std::vector<std::string_view> out;
  while (!prefix.empty() && prefix != "/") {
    prefix.remove_prefix(1);  // the slash
    const auto end = prefix.find('/');
    out.push_back(prefix.substr(0, end));
    prefix = end == std::string_view::npos ? std::string_view() : prefix.substr(end);
  }
  return out;
}

Status CheckPath(RoutePath& path) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorKind::kInvalid,
                "not a path prefix: '" + path.prefix + "' (" + std::string(why) + ")",
                "paths.prefix");
  };
  if (!path.prefix.starts_with('/')) return bad("it starts with '/'");
  if (path.prefix.size() > 1 && path.prefix.ends_with('/')) path.prefix.pop_back();
  const auto segments = Segments(path.prefix);
  if (segments.size() > kPrefixSegmentsMax) {
    return bad("at most " + std::to_string(kPrefixSegmentsMax) + " segments");
  }
  if (!std::ranges::all_of(segments, IsSegment)) return bad("a segment is not allowed");
  if (!IsUpstream(path.upstream)) {
    return Fail(ErrorKind::kInvalid, "not an upstream: '" + path.upstream + "' (host:port)",
                "paths.upstream");
  }
  return {};
}

std::string_view StateWord(RouteState state) {
  switch (state) {
    case RouteState::kServing: return "serve";
    case RouteState::kStarting: return "starting";
    case RouteState::kStopped: return "stopped";
  }
  return "stopped";
}

// Whether one file answers for every path of the host.
bool IsWhole(const Route& route) {
  return route.state != RouteState::kServing ||
         (route.paths.size() == 1 && route.paths[0].prefix == "/");
}

std::string Payload(const Route& route, std::string_view upstream) {
  std::string name = IsWhole(route) ? "==" : "=";
  name += StateWord(route.state);
  if (route.insecure) name += kInsecureMark;
  name += '@';
  name += upstream;
  return name;
}

// Reads one file's name into `route`; false when it is not ours.
bool ReadFile(std::string_view file, Route& route) {
  const auto mark = file.rfind("/=") == std::string_view::npos ? 0 : file.rfind("/=") + 1;
  if (!file.substr(mark).starts_with('=')) return false;
  std::string prefix;
  for (std::string_view rest = file.substr(0, mark); !rest.empty();) {
    if (!rest.starts_with(':')) return false;
    const auto end = rest.find('/');
    prefix += '/';
    prefix += rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  }
  std::string_view payload = file.substr(mark + 1);
  if (payload.starts_with('=')) payload.remove_prefix(1);
  const auto at = payload.find('@');
  if (at == std::string_view::npos) return false;
  const std::string_view upstream = payload.substr(at + 1);
  std::string_view word = payload.substr(0, at);
  route.insecure = word.ends_with(kInsecureMark);
  if (route.insecure) word.remove_suffix(kInsecureMark.size());
  for (auto state : {RouteState::kServing, RouteState::kStarting, RouteState::kStopped}) {
    if (word != StateWord(state)) continue;
    route.state = state;
    if (state == RouteState::kServing) {
      route.paths.push_back({prefix.empty() ? "/" : prefix, std::string(upstream)});
    }
    return true;
  }
  return false;
}

}  // namespace

Result<Route> NormalizeRoute(Route route) {
  for (char& c : route.host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!IsHostName(route.host)) {
    return Fail(ErrorKind::kInvalid, "not a host name: '" + route.host + "'", "host");
  }
  for (RoutePath& path : route.paths) KL_RETURN_IF_ERROR(CheckPath(path));
  if (route.state == RouteState::kServing && route.paths.empty()) {
    return Fail(ErrorKind::kInvalid, "no path to serve: route '" + route.host + "'", "paths");
  }
  std::ranges::sort(route.paths, {}, &RoutePath::prefix);
  if (std::ranges::adjacent_find(route.paths, {}, &RoutePath::prefix) != route.paths.end()) {
    return Fail(ErrorKind::kInvalid, "a path prefix twice: route '" + route.host + "'",
                "paths.prefix");
  }
  return route;
}

std::string HostDirectory(std::string_view host) { return "h-" + std::string(host); }

std::vector<std::string> RouteFiles(const Route& route) {
  if (route.state != RouteState::kServing) return {Payload(route, "")};
  std::vector<std::string> out;
  for (const RoutePath& path : route.paths) {
    std::string name;
    for (std::string_view segment : Segments(path.prefix)) {
      name += ':';
      name += segment;
      name += '/';
    }
    out.push_back(name + Payload(route, path.upstream));
  }
  return out;
}

std::optional<Route> RouteFromFiles(std::string_view host_directory,
                                    const std::vector<std::string>& files) {
  if (!host_directory.starts_with("h-") || files.empty()) return std::nullopt;
  Route route;
  route.host = host_directory.substr(2);
  for (const std::string& file : files) {
    if (!ReadFile(file, route)) return std::nullopt;
  }
  auto normal = NormalizeRoute(std::move(route));
  if (!normal) return std::nullopt;
  // Two files of one prefix, or mixed states, are not what one route writes.
  std::vector<std::string> expected = RouteFiles(*normal);
  std::vector<std::string> found = files;
  std::ranges::sort(expected);
  std::ranges::sort(found);
  if (expected != found) return std::nullopt;
  return *normal;
}

}  // namespace kl::gateway
