// Keys, signatures and requests of an ACME client, on OpenSSL. P-256 throughout.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "ports/certificates.h"

namespace kl::acme {

// RFC 4648 5, without padding.
std::string Base64Url(std::string_view bytes);

class SigningKey {
 public:
  static SigningKey Generate();
  // kInvalid when it is no unencrypted P-256 key in PEM form; never with its content.
  static Result<SigningKey> FromPem(const SecretString& pem);

  SecretString Pem() const;
  // The public half as a JSON web key, its members in the order a thumbprint needs (RFC 7638).
  std::string Jwk() const;
  std::string Thumbprint() const;
  // ES256: 64 bytes, r and s (RFC 7518 3.4).
  std::string Sign(std::string_view data) const;
  // A request for a certificate of this key for one host; DER (RFC 2986).
  std::string CertificateRequest(const std::string& host) const;

 private:
  struct Impl;
  explicit SigningKey(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

// Of the first certificate in `chain_pem`; kInvalid when there is none.
Result<Validity> ValidityOf(const std::string& chain_pem);

}  // namespace kl::acme
