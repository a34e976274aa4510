// The part of CaddyGateway that serves a certificate per host.
#include <filesystem>

#include "adapters/gateway_caddy/gateway.h"
#include "adapters/gateway_caddy/port_check.h"
#include "adapters/gateway_caddy/private_file.h"
#include "adapters/gateway_caddy/storage.h"
#include "base/log.h"

namespace kl {
namespace {

constexpr char kSystemStore[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr Duration kRefreshEvery = std::chrono::hours(24);

}  // namespace

Status CaddyGateway::PrepareByHost() {
  const std::filesystem::path root = RootCertificatePath();
  files_ = std::make_unique<gateway::CertificateFiles>(loop_, dir_, options_.domain);
  KL_RETURN_IF_ERROR(files_->Prepare(root.parent_path()));
  for (const auto& [host, route] : routes_) KL_RETURN_IF_ERROR(files_->Cover(host));
  KL_TRY(lookup_, gateway::KeptLookupEndpoint(dir_ + "/certificate-lookup"));
  // A host is answered with the internal authority's certificate first, with a public one later.
  KL_TRY(std::string trusted, gateway::ReadPrivate(root));
  auto known = gateway::ReadPrivate(options_.ca_file.empty() ? kSystemStore : options_.ca_file);
  if (known) {
    trusted += "\n" + *known;
  } else if (!options_.ca_file.empty()) {
    return Fail(ErrorKind::kInvalid, "ca_file: " + known.error().message, "ca_file");
  }
  trust_file_ = dir_ + "/trusted.pem";
  return gateway::WritePrivate(trust_file_, trusted);
}

// Before a start: it listens in a way that would share a taken port silently.
Status CaddyGateway::KeepLookupPort() {
  if (!files_ || gateway::CheckPortFree(lookup_.port, false, "port")) return {};
  KL_TRY(lookup_, gateway::NewLookupEndpoint(dir_ + "/certificate-lookup"));
  return {};
}

Task<void> CaddyGateway::RefreshDaily() {
  for (;;) {
    co_await Sleep(loop_, kRefreshEvery);
    if (Status refreshed = files_->Refresh(); !refreshed) {
      Log(LogLevel::kError, "internal certificates cannot be renewed",
          {{"error", refreshed.error()}});
    }
  }
}

}  // namespace kl
