// Public certificates, one per host: who issues them, where they are served from, and where a
// host's name leads. Loop's thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"

namespace kl {

struct Validity {
  WallTime not_before{};
  WallTime not_after{};
  bool operator==(const Validity&) const = default;
};

struct IssuedCertificate {
  std::string chain_pem;  // leaf first
  SecretString key_pem;
  Validity validity;
};

// Issues certificates after it has seen for itself that a host is ours.
class CertificateAuthority {
 public:
  virtual ~CertificateAuthority() = default;
  // Whether an order could be made now; costs nothing of what an authority limits. Errors as below.
  virtual Task<Status> Ready() = 0;
  // One order, never repeated by itself. Takes seconds.
  //   kDenied       it looked at the host and did not find our proof, or will not serve this host
  //   kRateLimited  one of its limits is used up: nothing more before retry_after, when it is set
  //   kUnavailable  it cannot be reached, is troubled or did not finish in time; nothing was issued
  //   kCorrupt      as that, when something may have been issued
  //   kInvalid      our configuration is wrong: no such directory, the account is refused
  virtual Task<Result<IssuedCertificate>> Order(std::string host) = 0;
};

// Shows an authority that a host is ours: below the path of RFC 8555 8.3, on port 80 of every host.
class ProofBoard {
 public:
  virtual ~ProofBoard() = default;
  // Seen from outside on return. `token` is base64url. kInvalid for any other.
  virtual Status Show(const std::string& token, const std::string& text) = 0;
  virtual void Hide(const std::string& token) = 0;
};

// The certificates that are served. What is kept is served from the next connection on, and stands
// when the program restarts.
class CertificateShelf {
 public:
  virtual ~CertificateShelf() = default;
  // kInvalid when key, certificate and host do not fit together.
  virtual Status Keep(const std::string& host, const IssuedCertificate& certificate) = 0;
  // Of the certificate that is served for exactly this host; nullopt: none, another one is.
  virtual std::optional<Validity> Held(const std::string& host) = 0;
};

// Where a name leads, as the world sees it: no file of this machine is looked at.
class HostResolver {
 public:
  virtual ~HostResolver() = default;
  // Addresses, IPv4 and IPv6, as text; none when the name does not exist. kUnavailable when nobody
  // who knows can be asked.
  virtual Task<Result<std::vector<std::string>>> Addresses(std::string host) = 0;
};

}  // namespace kl
