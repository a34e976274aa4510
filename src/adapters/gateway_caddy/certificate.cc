#include "adapters/gateway_caddy/certificate.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "base/free_with.h"
#include "base/hash.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

// A chain has some kilobytes; anything larger is a mistake.
constexpr std::size_t kPemBytesMax = 1 << 20;

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

struct Pair {
  std::string cert;
  std::string key;
};

std::unexpected<Error> Bad(std::string_view field, const std::string& file, std::string_view why) {
  return Fail(ErrorKind::kInvalid, std::string(field) + ": '" + file + "': " + std::string(why),
              std::string(field));
}

Result<std::string> ReadPem(std::string_view field, const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Bad(field, path, std::generic_category().message(errno));
  std::string out(kPemBytesMax, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < out.size() && (got = ::read(fd, out.data() + size, out.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  ::close(fd);
  if (got < 0) return Bad(field, path, "cannot be read");
  if (size == out.size()) return Bad(field, path, "too large for a certificate or key");
  out.resize(size);
  return out;
}

BioPtr Open(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// An encrypted key would make OpenSSL ask at the terminal: there is nobody.
int NoPassword(char*, int, int, void*) { return -1; }

std::vector<X509Ptr> ParseChain(const std::string& text) {
  std::vector<X509Ptr> out;
  const BioPtr bio = Open(text);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    out.emplace_back(one);
  }
  return out;
}

std::chrono::sys_seconds TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

// A host of the domain stands for all.
std::string AnyHost(const std::string& domain) { return "any." + domain; }

Result<CertificateFacts> Check(const CertificatePair& pair, const Pair& text,
                               const std::string& host) {
  const std::vector<X509Ptr> chain = ParseChain(text.cert);
  if (chain.empty()) return Bad("cert_file", pair.cert_file, "no certificate in PEM form in it");
  const BioPtr key_bio = Open(text.key);
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassword, nullptr));
  if (!key) return Bad("key_file", pair.key_file, "no unencrypted private key in PEM form in it");
  X509* leaf = chain.front().get();
  if (X509_check_private_key(leaf, key.get()) != 1) {
    return Bad("key_file", pair.key_file,
               "not the key of the certificate '" + pair.cert_file + "'");
  }
  CertificateFacts facts;
  facts.not_before = TimeOf(X509_get0_notBefore(leaf));
  facts.not_after = TimeOf(X509_get0_notAfter(leaf));
  facts.covers_domain = X509_check_host(leaf, host.data(), host.size(), 0, nullptr) == 1;
  facts.self_contained = X509_self_signed(chain.back().get(), 0) == 1;
  return facts;
}

Result<Pair> ReadPair(const CertificatePair& pair) {
  Pair out;
  KL_TRY(out.cert, ReadPem("cert_file", pair.cert_file));
  KL_TRY(out.key, ReadPem("key_file", pair.key_file));
  return out;
}

Status WriteFile(const fs::path& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool whole =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int number = errno;
  if (fd >= 0) ::close(fd);
  if (whole) return {};
  return Fail(ErrorKind::kUnavailable, "cannot keep a copy of the certificate: '" + path.string() +
                                           "': " + std::generic_category().message(number));
}

std::string Stamp(const std::string& path) {
  struct stat s{};
  if (::stat(path.c_str(), &s) != 0) return "";
  return std::to_string(s.st_ino) + "/" + std::to_string(s.st_size) + "/" +
         std::to_string(s.st_mtim.tv_sec) + "." + std::to_string(s.st_mtim.tv_nsec);
}

}  // namespace

std::string FileStamp(const CertificatePair& pair) {
  const std::string cert = Stamp(pair.cert_file);
  const std::string key = Stamp(pair.key_file);
  return cert.empty() || key.empty() ? "" : cert + " " + key;
}

Result<CertificateFacts> CheckCertificate(const CertificatePair& pair, const std::string& domain) {
  return CheckCertificateOf(pair, AnyHost(domain));
}

Result<CertificateFacts> CheckCertificateOf(const CertificatePair& pair, const std::string& host) {
  KL_TRY(const Pair text, ReadPair(pair));
  return Check(pair, text, host);
}

Result<CertificatePair> KeepCertificate(const CertificatePair& pair, const std::string& domain,
                                        const fs::path& directory) {
  KL_TRY(const Pair text, ReadPair(pair));
  KL_RETURN_IF_ERROR(Check(pair, text, AnyHost(domain)));
  std::error_code ignored;
  fs::create_directories(directory, ignored);
  fs::permissions(directory, fs::perms::owner_all, ignored);
  const std::string name = Sha256Hex(text.cert + '\0' + text.key).substr(0, 20);
  CertificatePair kept{directory / (name + ".crt"), directory / (name + ".key")};
  KL_RETURN_IF_ERROR(WriteFile(kept.cert_file, text.cert));
  KL_RETURN_IF_ERROR(WriteFile(kept.key_file, text.key));
  return kept;
}

void PruneCertificates(const fs::path& directory, const CertificatePair& keep) {
  std::error_code error;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path() != keep.cert_file && entry.path() != keep.key_file) {
      old.push_back(entry.path());
    }
  }
  for (const fs::path& path : old) fs::remove(path, error);
}

}  // namespace kl::gateway
