#include "adapters/gateway_caddy/internal_authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>

#include "adapters/gateway_caddy/private_file.h"
#include "base/assert.h"
#include "base/free_with.h"
#include "base/log.h"
#include "base/random.h"

namespace kl::gateway {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Duration kRootLife = days(3600);
constexpr Duration kLeafLife = days(365);
constexpr Duration kClockSlack = hours(1);  // of visitors

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

int NoPassword(char*, int, int, void*) { return -1; }

std::string Taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}
std::string PemOf(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return Taken(bio.get());
}
std::string PemOf(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return Taken(bio.get());
}

void Extend(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  KL_ASSERT(extension);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Serial number, times, subject and key; issuer and signature are the caller's.
X509Ptr Blank(EVP_PKEY* key, const std::string& name, WallTime now, Duration life) {
  X509Ptr out(X509_new());
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), SystemRandom().Next() >> 1);
  const auto seconds = [](WallTime at) { return std::chrono::system_clock::to_time_t(at); };
  ASN1_TIME_set(X509_getm_notBefore(out.get()), seconds(now - kClockSlack));
  ASN1_TIME_set(X509_getm_notAfter(out.get()), seconds(now + life));
  X509_set_pubkey(out.get(), key);
  // A common name has at most 64 bytes; the names that count are elsewhere.
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.substr(0, 64).c_str()), -1,
                             -1, 0);
  return out;
}

Result<std::string> ReadOrNothing(const std::string& path) {
  auto text = ReadPrivate(path);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::string();
  return text;
}

}  // namespace

struct InternalAuthority::Impl {
  X509Ptr root;
  KeyPtr key;
};

bool InternalAuthority::Signed(const std::string& pem) const {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  return leaf && X509_verify(leaf.get(), impl_->key.get()) == 1;
}

Result<InternalAuthority> InternalAuthority::Open(const std::filesystem::path& directory,
                                                  WallTime now) {
  const std::string cert_path = directory / "root.crt";
  const std::string key_path = directory / "root.key";
  auto impl = std::make_shared<Impl>();
  KL_TRY(const std::string cert, ReadOrNothing(cert_path));
  KL_TRY(const std::string key, ReadOrNothing(key_path));
  const BioPtr cert_bio(BIO_new_mem_buf(cert.data(), static_cast<int>(cert.size())));
  const BioPtr key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  impl->root.reset(PEM_read_bio_X509(cert_bio.get(), nullptr, NoPassword, nullptr));
  impl->key.reset(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassword, nullptr));
  if (impl->root && impl->key && X509_check_private_key(impl->root.get(), impl->key.get()) == 1) {
    return InternalAuthority(std::move(impl));
  }
  if (!cert.empty() || !key.empty()) {
    Log(LogLevel::kWarn, "internal authority was damaged and is made anew", {{"root", cert_path}});
    for (const std::string& path : {cert_path, key_path}) {
      ::rename(path.c_str(), (path + ".broken").c_str());
    }
  }
  impl->key.reset(EVP_EC_gen("P-256"));
  impl->root = Blank(impl->key.get(), "KuberLogic local authority", now, kRootLife);
  X509* root = impl->root.get();
  X509_set_issuer_name(root, X509_get_subject_name(root));
  Extend(root, root, NID_basic_constraints, "critical,CA:TRUE");
  Extend(root, root, NID_key_usage, "critical,keyCertSign,cRLSign");
  Extend(root, root, NID_subject_key_identifier, "hash");
  KL_ASSERT(X509_sign(root, impl->key.get(), EVP_sha256()) > 0);
  // The key first: a certificate without its key would be damage.
  KL_RETURN_IF_ERROR(WritePrivate(key_path, PemOf(impl->key.get())));
  KL_RETURN_IF_ERROR(WritePrivate(cert_path, PemOf(root)));
  return InternalAuthority(std::move(impl));
}

std::string InternalAuthority::Issue(const std::string& name, WallTime now) const {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr leaf = Blank(key.get(), name, now, kLeafLife);
  X509* root = impl_->root.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(root));
  Extend(leaf.get(), root, NID_subject_alt_name, "DNS:" + name);
  Extend(leaf.get(), root, NID_basic_constraints, "critical,CA:FALSE");
  Extend(leaf.get(), root, NID_key_usage, "critical,digitalSignature");
  Extend(leaf.get(), root, NID_ext_key_usage, "serverAuth");
  Extend(leaf.get(), root, NID_authority_key_identifier, "keyid");
  KL_ASSERT(X509_sign(leaf.get(), impl_->key.get(), EVP_sha256()) > 0);
  return PemOf(leaf.get()) + PemOf(key.get());
}

}  // namespace kl::gateway
