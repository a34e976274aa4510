// Sealing: secrets at rest under AES-256-GCM. A sealed value names the key it was sealed with and
// is bound to where it belongs, so that two values cannot be exchanged for each other.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace kl::sqlite {

inline constexpr std::size_t kKeyBytes = 32;

struct Sealed {
  std::string key_id;
  std::string bytes;  // format 1 | nonce 12 | ciphertext | tag 16
};

// Any thread, one at a time.
class Sealer {
 public:
  // `key` is kKeyBytes of random bytes.
  Sealer(SecretString key, Random& random);

  // A digest of the key that tells keys apart and nothing more: 16 hex digits.
  const std::string& key_id() const { return key_id_; }

  // `place` is what the value belongs to, "kind/name"; the same must be given to open it.
  // At most 2^32 values per key (random nonces).
  Result<Sealed> Seal(std::string_view place, std::string_view plain) const;
  // kCorrupt: another key, another place, or changed bytes; the message says which key is needed.
  Result<SecretString> Open(std::string_view place, const Sealed& sealed) const;

 private:
  SecretString key_;
  std::string key_id_;
  Random& random_;
};

// The key in the file `path`: a key file of our own or a credential the service manager provides.
// With `create`, a missing file is made, mode 0600, of random bytes; without, it is kCorrupt: what
// was sealed cannot be read. kInvalid when it is not kKeyBytes long.
Result<SecretString> LoadKey(const std::string& path, bool create, Random& random);

}  // namespace kl::sqlite
