#include "adapters/ca_acme/keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/assert.h"
#include "base/free_with.h"
#include "base/hash.h"

namespace kl::acme {
namespace {

constexpr int kCoordinateBytes = 32;

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;

std::string Fixed(const BIGNUM* number) {
  std::string out(kCoordinateBytes, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), kCoordinateBytes);
  return out;
}

std::string Coordinate(EVP_PKEY* key, const char* which) {
  BIGNUM* raw = nullptr;
  KL_ASSERT(EVP_PKEY_get_bn_param(key, which, &raw) == 1);
  const NumberPtr number(raw);
  return Base64Url(Fixed(number.get()));
}

// There is nobody to type a password.
int NoPassword(char*, int, int, void*) { return -1; }

WallTime TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::string Taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void AddHost(X509_REQ* request, const std::string& host) {
  GENERAL_NAMES* names = GENERAL_NAMES_new();
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()));
  GENERAL_NAME_set0_value(name, GEN_DNS, text);
  sk_GENERAL_NAME_push(names, name);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
  X509_REQ_add_extensions(request, extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  GENERAL_NAMES_free(names);
}

}  // namespace

struct SigningKey::Impl {
  KeyPtr key;
};

std::string Base64Url(std::string_view bytes) {
  std::string out = Base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out;
}

SigningKey SigningKey::Generate() {
  KeyPtr key(EVP_EC_gen("P-256"));
  KL_ASSERT(key);
  return SigningKey(std::make_shared<Impl>(std::move(key)));
}

Result<SigningKey> SigningKey::FromPem(const SecretString& pem) {
  const std::string& text = pem.Reveal();
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  char group[64] = {};
  if (!key ||
      EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                     nullptr) != 1 ||
      std::string_view(group) != "prime256v1") {
    return Fail(ErrorKind::kInvalid, "not an unencrypted P-256 key in PEM form");
  }
  return SigningKey(std::make_shared<Impl>(std::move(key)));
}

SecretString SigningKey::Pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  KL_ASSERT(PEM_write_bio_PrivateKey(bio.get(), impl_->key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1);
  return SecretString(Taken(bio.get()));
}

std::string SigningKey::Jwk() const {
  EVP_PKEY* key = impl_->key.get();
  return R"({"crv":"P-256","kty":"EC","x":")" + Coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X) +
         R"(","y":")" + Coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y) + R"("})";
}

std::string SigningKey::Thumbprint() const { return Base64Url(Sha256(Jwk())); }

std::string SigningKey::Sign(std::string_view data) const {
  const DigestPtr digest(EVP_MD_CTX_new());
  KL_ASSERT(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) ==
            1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t size = 0;
  KL_ASSERT(EVP_DigestSign(digest.get(), nullptr, &size, bytes, data.size()) == 1);
  std::string der(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  KL_ASSERT(EVP_DigestSign(digest.get(), out, &size, bytes, data.size()) == 1);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  KL_ASSERT(signature);
  return Fixed(ECDSA_SIG_get0_r(signature.get())) + Fixed(ECDSA_SIG_get0_s(signature.get()));
}

std::string SigningKey::CertificateRequest(const std::string& host) const {
  const RequestPtr request(X509_REQ_new());
  X509_REQ_set_version(request.get(), X509_REQ_VERSION_1);
  X509_REQ_set_pubkey(request.get(), impl_->key.get());
  AddHost(request.get(), host);
  KL_ASSERT(X509_REQ_sign(request.get(), impl_->key.get(), EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  KL_ASSERT(size > 0);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

Result<Validity> ValidityOf(const std::string& chain_pem) {
  const BioPtr bio(BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size())));
  const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  if (!leaf) return Fail(ErrorKind::kInvalid, "no certificate in PEM form in the answer");
  return Validity{TimeOf(X509_get0_notBefore(leaf.get())), TimeOf(X509_get0_notAfter(leaf.get()))};
}

}  // namespace kl::acme
