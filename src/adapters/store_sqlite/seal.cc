#include "adapters/store_sqlite/seal.h"

#include <openssl/evp.h>

#include <memory>

#include "adapters/store_sqlite/files.h"
#include "base/hash.h"

namespace kl::sqlite {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kOverhead = 1 + kNonceBytes + kTagBytes;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

// A context that has seen key, nonce and associated data; null when OpenSSL refuses.
Context Begin(bool encrypt, const std::string& key, std::string_view nonce,
              std::string_view place) {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool ready = context &&
                     EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                                       Bytes(nonce), encrypt ? 1 : 0) == 1 &&
                     EVP_CipherUpdate(context.get(), nullptr, &size, Bytes(place),
                                      static_cast<int>(place.size())) == 1;
  if (!ready) context.reset();
  return context;
}

std::unexpected<Error> CannotOpen(std::string_view place, const std::string& detail) {
  return Fail(ErrorKind::kCorrupt, "sealed '" + std::string(place) + "': " + detail);
}

// Out of line: what GCC 12 learns here of the length makes it warn of a copy that cannot happen.
[[gnu::noinline]] Status CheckLength(const std::string& path, const std::string& key) {
  if (key.size() == kKeyBytes) return {};
  return Fail(ErrorKind::kInvalid, "key '" + path + "': has " + std::to_string(key.size()) +
                                       " bytes, a key is " + std::to_string(kKeyBytes));
}

}  // namespace

Sealer::Sealer(SecretString key, Random& random)
    : key_(std::move(key)),
      key_id_(Sha256Hex("kuberlogic seal key id:" + key_.Reveal()).substr(0, 16)),
      random_(random) {}

Result<Sealed> Sealer::Seal(std::string_view place, std::string_view plain) const {
  std::string nonce(kNonceBytes, '\0');
  random_.Fill({Bytes(nonce), nonce.size()});
  std::string cipher(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Context context = Begin(true, key_.Reveal(), nonce, place);
  int size = 0;
  if (!context ||
      EVP_CipherUpdate(context.get(), Bytes(cipher), &size, Bytes(plain),
                       static_cast<int>(plain.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), Bytes(cipher) + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) != 1) {
    return Fail(ErrorKind::kInternal, "sealed '" + std::string(place) + "': encryption failed");
  }
  return Sealed{key_id_, kFormat + nonce + cipher + tag};
}

Result<SecretString> Sealer::Open(std::string_view place, const Sealed& sealed) const {
  if (sealed.key_id != key_id_) {
    return CannotOpen(place, "needs key " + sealed.key_id + ", the present one is " + key_id_ +
                                 ": put the key file it was sealed with back");
  }
  std::string_view rest = sealed.bytes;
  if (rest.size() < kOverhead || rest[0] != kFormat) return CannotOpen(place, "unknown format");
  const std::string_view nonce = rest.substr(1, kNonceBytes);
  std::string tag(rest.substr(rest.size() - kTagBytes));
  rest = rest.substr(1 + kNonceBytes, rest.size() - kOverhead);

  std::string plain(rest.size(), '\0');
  const Context context = Begin(false, key_.Reveal(), nonce, place);
  int size = 0;
  if (!context ||
      EVP_CipherUpdate(context.get(), Bytes(plain), &size, Bytes(rest),
                       static_cast<int>(rest.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) != 1 ||
      EVP_CipherFinal_ex(context.get(), Bytes(plain) + size, &size) != 1) {
    return CannotOpen(place, "changed since it was sealed, restore a copy of the store");
  }
  return SecretString(std::move(plain));
}

Result<SecretString> LoadKey(const std::string& path, bool create, Random& random) {
  auto read = ReadSmallFile(path, kKeyBytes);
  if (!read && read.error().kind == ErrorKind::kNotFound) {
    if (!create) {
      return Fail(ErrorKind::kCorrupt,
                  "key '" + path +
                      "': does not exist, but the store has sealed secrets: put the "
                      "key file they were sealed with back");
    }
    std::string key(kKeyBytes, '\0');
    random.Fill({Bytes(key), key.size()});
    KL_RETURN_IF_ERROR(CreateDurably(path, key));
    return SecretString(std::move(key));
  }
  if (!read) return Wrap(std::move(read.error()), "key '" + path + "'");
  KL_RETURN_IF_ERROR(CheckLength(path, *read));
  return SecretString(std::move(*read));
}

}  // namespace kl::sqlite
