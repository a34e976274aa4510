// How a route is written as names of empty files: the gateway's program looks requests up in the
// file system, so a change of routes is a rename. It never re-reads its configuration for one.
//
// Why: Caddy 2.6 closes every websocket of every host when it loads a configuration (close code
// 1001; `stream_close_delay` came with 2.7), and each load costs time that grows with the hosts.
// Its `file` matcher, given placeholders and a glob, looks up a directory per request instead: the
// cost of a change and of a request does not depend on how many hosts there are, and the routes
// stand after a restart of either program.
//
//   h-<host>/==<payload>                   the whole host: "/" is its only prefix
//   h-<host>/=<payload>                    the prefix "/" beside others
//   h-<host>/:<segment>/:<segment>/=<payload>   the prefix "/segment/segment"
//   payload: serve|starting|stopped, "+http" when insecure, "@", and the upstream when serving
//
// The marks h-, : and = keep apart what a visitor may choose (host, segments) from what means
// something: a segment ".." becomes the harmless name ":..".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/gateway.h"

namespace kl::gateway {

// Prefixes may have so many segments: each one more costs every request a look-up.
inline constexpr int kPrefixSegmentsMax = 4;

// The same route in the one form it is kept in: host in lower case, prefixes without a final slash
// and in order. kInvalid with the field: a host that is no DNS name, a serving route without paths,
// a prefix twice, too deep, relative or with ".", "..", control characters or backslashes, an
// upstream that is not host:port.
Result<Route> NormalizeRoute(Route route);

// Directory of the host: "h-<host>".
std::string HostDirectory(std::string_view host);
// Names relative to the host's directory, for a normalized route.
std::vector<std::string> RouteFiles(const Route& route);
// The opposite: nullopt when the names are not what RouteFiles writes. The paths of a route that is
// not serving are not kept.
std::optional<Route> RouteFromFiles(std::string_view host_directory,
                                    const std::vector<std::string>& files);

}  // namespace kl::gateway
