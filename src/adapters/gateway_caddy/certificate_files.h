// The certificates of single hosts, as files that the gateway's program reads at each handshake
// (docs/adr/0006): a new one is served from the next connection on, nothing is loaded anew.
//
//   certificates/public/<host>.pem    of a public authority, chain and key in one file
//   certificates/internal/<host>.pem  of the internal one, for hosts "*.<domain>" does not cover
//   certificates/fallback.pem         of the internal one, for "*.<domain>"
//   proofs/<token>                    shown to a public authority while it looks
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/gateway_caddy/internal_authority.h"
#include "base/loop.h"
#include "ports/certificates.h"

namespace kl::gateway {

// Loop's thread only; blocks for some milliseconds a call.
class CertificateFiles : public CertificateShelf, public ProofBoard {
 public:
  CertificateFiles(Loop& loop, std::filesystem::path directory, std::string domain);

  const std::filesystem::path& certificates() const { return certificates_; }
  const std::filesystem::path& proofs() const { return proofs_; }

  // Makes directories, authority (its files are in `authority`) and fallback, clears away what a
  // former life left: proofs, and public certificates that have ended.
  Status Prepare(const std::filesystem::path& authority);
  // Signs anew what the internal authority's certificates have less than half of their life left.
  Status Refresh();
  // A host below nothing the fallback covers gets an internal certificate of its own.
  Status Cover(const std::string& host);
  void Uncover(const std::string& host);

  // CertificateShelf.
  Status Keep(const std::string& host, const IssuedCertificate& certificate) override;
  std::optional<Validity> Held(const std::string& host) override;

  // ProofBoard.
  Status Show(const std::string& token, const std::string& text) override;
  void Hide(const std::string& token) override;

 private:
  std::string PublicPath(const std::string& host) const;
  std::string InternalPath(const std::string& host) const;
  Status IssueUnlessFresh(const std::string& path, const std::string& name);
  void DropEnded();

  Loop& loop_;
  const std::filesystem::path certificates_;
  const std::filesystem::path proofs_;
  const std::string domain_;
  std::optional<InternalAuthority> authority_;
};

}  // namespace kl::gateway
