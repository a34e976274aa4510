// HostResolver: asks a name server itself, by UDP, so that neither this machine's hosts file nor a
// search list of its own has a say.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/offload.h"
#include "net/io_loop.h"
#include "ports/certificates.h"

namespace kl {

struct ResolverOptions {
  // "192.0.2.53" or "192.0.2.53:5353". Empty: those of `system_file`, in order.
  std::string server;
  std::string system_file = "/etc/resolv.conf";
  Duration limit = std::chrono::seconds(2);  // of one question; each is asked twice
};

class DnsResolver : public HostResolver {
 public:
  // kInvalid with the field dns_resolver for what is no address.
  static Result<std::unique_ptr<DnsResolver>> Make(net::IoLoop& loop, ResolverOptions options);
  Task<Result<std::vector<std::string>>> Addresses(std::string host) override;

 private:
  DnsResolver(net::IoLoop& loop, ResolverOptions options)
      : loop_(loop), options_(std::move(options)), pool_(2) {}
  net::IoLoop& loop_;
  const ResolverOptions options_;
  OffloadPool pool_;
};

// Addresses of this machine's interfaces that the world can reach: no private, shared, link-local
// or loopback ones (RFC 6890).
std::vector<std::string> OwnPublicAddresses();
// As an answer would spell it: "2001:DB8:0::1" -> "2001:db8::1". kInvalid with the field
// public_addresses for what is no address.
Result<std::string> CanonicalAddress(const std::string& text);
// Whether an address, as text, is one of those.
bool IsPublicAddress(const std::string& address);

}  // namespace kl
