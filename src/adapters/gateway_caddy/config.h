// The gateway program's configuration: a pure function of the options. Routes are not in it (see
// route_files.h), so it changes with the options and the certificate only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kl::gateway {

// A certificate per host: each handshake asks a server of the program itself, on loopback only, for
// the host's file, or the fallback's.
struct CertificateLookup {
  std::uint16_t port = 0;  // 0: no such lookup
  std::string secret;      // path of the only thing it answers: the files hold keys
  std::string directory;   // certificate_files.h
  std::string proofs_dir;
};

struct ConfigInput {
  std::string admin_socket;  // absolute path
  std::string storage_dir;   // of the program's own CA and certificates
  std::string routes_dir;
  std::string log_file;
  std::string domain;  // certificates are for it and "*." it; "api." and "billing." are fixed hosts
  std::uint16_t http_port = 80;
  std::uint16_t https_port = 443;
  bool bind_all = false;  // every address, else 127.0.0.1
  // Both or neither; neither: the program's internal CA signs one wildcard certificate and renews
  // it.
  std::string cert_file;
  std::string key_file;
  CertificateLookup lookup;                // instead of the above
  std::string api_upstream;                // "host:port"; empty: no such host
  std::string webhook_upstream;            // "host:port"; empty: no such host
  std::vector<std::string> webhook_paths;  // exact paths; nothing else is reachable from outside
};

// Host names the gateway answers itself.
std::string ApiHost(const std::string& domain);
std::string WebhookHost(const std::string& domain);

// JSON, one line.
std::string BuildConfig(const ConfigInput& input);
// Nothing but the admin socket: to start with until the whole configuration comes.
std::string BuildBareConfig(const std::string& admin_socket);

}  // namespace kl::gateway
