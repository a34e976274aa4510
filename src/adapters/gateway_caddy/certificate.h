// A certificate given by the operator as two PEM files, which others (certbot, cert-manager, a
// person with an editor) replace while we run.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace kl::gateway {

struct CertificatePair {
  std::string cert_file;  // leaf first, then the chain
  std::string key_file;
};

struct CertificateFacts {
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  bool covers_domain = false;   // the leaf is good for any host right below the domain
  bool self_contained = false;  // the file ends in a root of its own: it can be trusted by itself
};

// Changes whenever one of the files was replaced or written to; cheap. Empty when one is missing.
std::string FileStamp(const CertificatePair& pair);

// Reads both and checks that they belong together. kInvalid with the field (cert_file, key_file)
// and the file named; never the key's content.
Result<CertificateFacts> CheckCertificate(const CertificatePair& pair, const std::string& domain);
// The same for one host: `covers_domain` says whether the leaf is good for it.
Result<CertificateFacts> CheckCertificateOf(const CertificatePair& pair, const std::string& host);

// Checks the pair and copies it into `directory` under names made of its content, so that the
// gateway always reads a pair that fits, however its originals are being replaced. Copies of
// earlier pairs are removed by `PruneCertificates`.
Result<CertificatePair> KeepCertificate(const CertificatePair& pair, const std::string& domain,
                                        const std::filesystem::path& directory);
void PruneCertificates(const std::filesystem::path& directory, const CertificatePair& keep);

}  // namespace kl::gateway
