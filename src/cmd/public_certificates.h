// What `tls: acme` needs beside the gateway: the authority, the resolver and the loop that orders.
#pragma once

#include <memory>

#include "adapters/ca_acme/acme.h"
#include "adapters/gateway_caddy/gateway.h"
#include "adapters/resolver_dns/resolver.h"
#include "app/certificates/certificate_loop.h"
#include "app/certificates/certified_gateway.h"
#include "cmd/config.h"

namespace kl::cmd {

class PublicCertificates {
 public:
  // `gateway` serves certificates by host; it, the records and `net_loop` outlive this.
  static Result<std::unique_ptr<PublicCertificates>> Open(net::IoLoop& net_loop,
                                                          const Config& config,
                                                          CaddyGateway& gateway,
                                                          Store<HostCertificate>& records);

  // The gateway with certificates: routes are put through it.
  Gateway& gateway() { return *gateway_; }
  app::CertificateLoop& loop() { return *loop_; }
  // Asks for our own hosts and for what a former life has routed, then orders.
  Task<void> Start();

 private:
  PublicCertificates() = default;
  std::vector<std::string> own_hosts_;
  std::unique_ptr<AcmeAuthority> authority_;
  std::unique_ptr<DnsResolver> resolver_;
  std::unique_ptr<app::CertificateLoop> loop_;
  std::unique_ptr<app::CertifiedGateway> gateway_;
};

}  // namespace kl::cmd
