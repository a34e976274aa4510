// CertificateAuthority by ACME (RFC 8555) with the http-01 challenge: one order, one challenge, one
// answer. Nothing is retried here but a stale nonce: what an authority counts is decided elsewhere.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/ca_acme/keys.h"
#include "adapters/ca_acme/wire.h"
#include "net/http.h"
#include "net/io_loop.h"
#include "ports/certificates.h"

namespace kl {

struct AcmeOptions {
  std::string directory = "https://acme-v02.api.letsencrypt.org/directory";
  std::string ca_file;      // PEM to trust when calling it; empty: the system's store
  std::string email;        // where the authority writes to; may be empty
  std::string account_key;  // path, PEM, 0600; made when missing. Its directory exists
  Duration call_limit = std::chrono::seconds(30);
  Duration order_limit = std::chrono::seconds(120);
  Duration poll = std::chrono::milliseconds(500);  // unless the authority says when to ask again
};

class AcmeAuthority : public CertificateAuthority {
 public:
  // kInvalid with the field (acme_directory, acme_ca_root) for options that can never work;
  // kUnavailable when the account's key can be neither read nor made.
  static Result<std::unique_ptr<AcmeAuthority>> Make(net::IoLoop& loop, ProofBoard& board,
                                                     AcmeOptions options);
  // Calls it, and makes the account at the first time.
  Task<Status> Ready() override;
  // Several orders may be under way at once.
  Task<Result<IssuedCertificate>> Order(std::string host) override;

 private:
  struct Posted {
    net::Response response;
    std::string location;
  };
  AcmeAuthority(net::IoLoop& loop, ProofBoard& board, AcmeOptions options, acme::SigningKey key);

  Task<Result<net::Response>> Call(std::string url, net::Request request);
  Task<Result<std::string>> FreshNonce();
  Task<Result<std::string>> Nonce();
  // Signed by the account, or by the key alone when `as_key`. Errors of the answer are Results'.
  Task<Result<Posted>> Post(std::string url, std::string payload, bool as_key = false);
  Task<Status> Register();
  Task<Result<IssuedCertificate>> OrderOnce(std::string host, MonoTime deadline);
  Task<Result<IssuedCertificate>> Collect(std::string url, acme::SigningKey key, MonoTime deadline);
  Task<Status> Authorize(std::string url, MonoTime deadline);
  Task<Status> AwaitAuthorization(std::string url, MonoTime deadline);
  Task<Result<acme::OrderState>> AwaitOrder(std::string url, std::string_view status,
                                            MonoTime deadline);
  Task<Status> Pause(const net::Response& response, MonoTime deadline);

  net::IoLoop& loop_;
  ProofBoard& board_;
  const AcmeOptions options_;
  const acme::SigningKey key_;
  std::map<std::string, std::unique_ptr<net::HttpClient>> clients_;  // by origin
  acme::Directory directory_;
  std::vector<std::string> nonces_;
  std::string account_;  // URL; empty: not known yet
  bool registering_ = false;
  Event registered_;
};

}  // namespace kl
