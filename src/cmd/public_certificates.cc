#include "cmd/public_certificates.h"

#include <filesystem>

#include "adapters/gateway_caddy/config.h"
#include "base/log.h"
#include "base/random.h"

namespace kl::cmd {
namespace {

Result<std::set<std::string>> Addresses(const Config& config) {
  std::set<std::string> out;
  for (const std::string& each : config.public_addresses) {
    KL_TRY(std::string address, CanonicalAddress(each));
    out.insert(std::move(address));
  }
  if (!out.empty()) return out;
  for (std::string& each : OwnPublicAddresses()) out.insert(std::move(each));
  if (out.empty()) {
    Log(LogLevel::kWarn,
        "no public address of this machine is known, no certificate is ordered: set "
        "public_addresses");
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<PublicCertificates>> PublicCertificates::Open(
    net::IoLoop& net_loop, const Config& config, CaddyGateway& gateway,
    Store<HostCertificate>& records) {
  std::unique_ptr<PublicCertificates> out(new PublicCertificates());
  const std::string directory = config.data_dir + "/acme";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (error) {
    return Fail(ErrorKind::kUnavailable, directory + " cannot be made: " + error.message(),
                "data_dir");
  }
  gateway::CertificateFiles& files = *gateway.certificates();
  KL_TRY(out->authority_, AcmeAuthority::Make(net_loop, files,
                                              {.directory = config.acme_directory,
                                               .ca_file = config.acme_ca_root,
                                               .email = config.acme_email,
                                               .account_key = directory + "/account.pem"}));
  KL_TRY(out->resolver_, DnsResolver::Make(net_loop, {.server = config.dns_resolver}));
  KL_TRY(std::set<std::string> addresses, Addresses(config));
  out->loop_ = std::make_unique<app::CertificateLoop>(
      app::CertificateLoop::Deps{.loop = net_loop,
                                 .random = SystemRandom(),
                                 .records = records,
                                 .authority = *out->authority_,
                                 .shelf = files,
                                 .resolver = *out->resolver_,
                                 .addresses = std::move(addresses),
                                 .limits = {.orders = config.acme_orders_per_3h,
                                            .per_domain = config.acme_certificates_per_week}});
  out->gateway_ = std::make_unique<app::CertifiedGateway>(gateway, *out->loop_);
  out->own_hosts_ = {gateway::ApiHost(config.kuberlogic_domain)};
  if (!config.chargebee_site.empty()) {
    out->own_hosts_.push_back(gateway::WebhookHost(config.kuberlogic_domain));
  }
  return out;
}

Task<void> PublicCertificates::Start() {
  for (const std::string& host : own_hosts_) loop_->Want(host);
  co_await gateway_->WantRouted();
  loop_->Start();
}

}  // namespace kl::cmd
