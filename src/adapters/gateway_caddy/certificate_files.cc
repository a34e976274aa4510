#include "adapters/gateway_caddy/certificate_files.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "adapters/gateway_caddy/certificate.h"
#include "adapters/gateway_caddy/private_file.h"
#include "adapters/gateway_caddy/route_files.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

constexpr Duration kRefreshBefore = std::chrono::days(180);
constexpr std::size_t kTokenBytesMax = 200;

Status MakeDirectory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (!error) return {};
  return Fail(ErrorKind::kUnavailable,
              "cannot make the gateway's directory: '" + path.string() + "': " + error.message());
}

// Whatever is used as a file's name.
bool IsToken(const std::string& text) {
  return !text.empty() && text.size() <= kTokenBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}
bool IsHost(const std::string& host) {
  Route named;
  named.host = host;
  named.state = RouteState::kStopped;
  auto normal = NormalizeRoute(std::move(named));
  return normal && normal->host == host;
}

}  // namespace

CertificateFiles::CertificateFiles(Loop& loop, fs::path directory, std::string domain)
    : loop_(loop),
      certificates_(directory / "certificates"),
      proofs_(directory / "proofs"),
      domain_(std::move(domain)) {}

std::string CertificateFiles::PublicPath(const std::string& host) const {
  return certificates_ / "public" / (host + ".pem");
}
std::string CertificateFiles::InternalPath(const std::string& host) const {
  return certificates_ / "internal" / (host + ".pem");
}

Status CertificateFiles::Prepare(const fs::path& authority) {
  std::error_code ignored;
  fs::remove_all(proofs_, ignored);
  for (const fs::path& path :
       {certificates_, certificates_ / "public", certificates_ / "internal", proofs_, authority}) {
    KL_RETURN_IF_ERROR(MakeDirectory(path));
  }
  KL_TRY(authority_, InternalAuthority::Open(authority, loop_.Now()));
  DropEnded();
  return Refresh();
}

Status CertificateFiles::IssueUnlessFresh(const std::string& path, const std::string& name) {
  const std::string host = name.starts_with("*") ? "any" + name.substr(1) : name;
  const auto facts = CheckCertificateOf({path, path}, host);
  const auto text = ReadPrivate(path);
  if (facts && facts->covers_domain && facts->not_after - kRefreshBefore > loop_.Now() && text &&
      authority_->Signed(*text)) {
    return {};
  }
  return WritePrivate(path, authority_->Issue(name, loop_.Now()));
}

Status CertificateFiles::Refresh() {
  KL_RETURN_IF_ERROR(IssueUnlessFresh(certificates_ / "fallback.pem", "*." + domain_));
  std::error_code error;
  std::vector<std::string> hosts;
  for (const auto& entry : fs::directory_iterator(certificates_ / "internal", error)) {
    if (entry.path().extension() == ".pem") hosts.push_back(entry.path().stem());
  }
  for (const std::string& host : hosts) {
    KL_RETURN_IF_ERROR(IssueUnlessFresh(InternalPath(host), host));
  }
  return {};
}

void CertificateFiles::DropEnded() {
  std::error_code error;
  std::vector<std::string> ended;
  for (const auto& entry : fs::directory_iterator(certificates_ / "public", error)) {
    const std::string path = entry.path();
    auto facts = CheckCertificate({path, path}, domain_);
    if (!facts || facts->not_after < loop_.Now()) ended.push_back(path);
  }
  for (const std::string& path : ended) ::unlink(path.c_str());
}

Status CertificateFiles::Cover(const std::string& host) {
  const auto dot = host.find('.');
  if (dot != std::string::npos && host.substr(dot + 1) == domain_) return {};
  return IssueUnlessFresh(InternalPath(host), host);
}

void CertificateFiles::Uncover(const std::string& host) { ::unlink(InternalPath(host).c_str()); }

Status CertificateFiles::Keep(const std::string& host, const IssuedCertificate& certificate) {
  if (!IsHost(host)) return Fail(ErrorKind::kInvalid, "not a host name: '" + host + "'");
  // Looked at under another name first: what is served is never a certificate that does not fit.
  const std::string fresh = certificates_ / (host + ".new");
  std::string text = certificate.chain_pem;
  if (!text.ends_with('\n')) text += '\n';
  KL_RETURN_IF_ERROR(WritePrivate(fresh, text + certificate.key_pem.Reveal()));
  auto facts = CheckCertificateOf({fresh, fresh}, host);
  if (!facts || !facts->covers_domain) {
    ::unlink(fresh.c_str());
    return Fail(ErrorKind::kInvalid, "certificate is not good for host '" + host + "'");
  }
  if (::rename(fresh.c_str(), PublicPath(host).c_str()) == 0) return {};
  return Fail(ErrorKind::kUnavailable, "cannot keep the certificate of host '" + host +
                                           "': " + std::generic_category().message(errno));
}

std::optional<Validity> CertificateFiles::Held(const std::string& host) {
  if (!IsHost(host)) return std::nullopt;
  const std::string path = PublicPath(host);
  auto facts = CheckCertificateOf({path, path}, host);
  if (!facts || !facts->covers_domain || facts->not_after <= loop_.Now()) return std::nullopt;
  return Validity{facts->not_before, facts->not_after};
}

Status CertificateFiles::Show(const std::string& token, const std::string& text) {
  if (!IsToken(token)) return Fail(ErrorKind::kInvalid, "not a token of an authority");
  return WritePrivate(proofs_ / token, text);
}

void CertificateFiles::Hide(const std::string& token) {
  if (IsToken(token)) ::unlink((proofs_ / token).c_str());
}

}  // namespace kl::gateway
