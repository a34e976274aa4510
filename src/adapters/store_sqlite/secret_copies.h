// A sealed copy of each instance's secrets in a file of its own, apart from the database: when an
// older database is put back, instances made since are still there with their data, and a password
// that only the newer database knew would lock them out of it.
//
// Blocking; any thread, one call per uid at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/store_sqlite/seal.h"
#include "domain/ids.h"

namespace kl::sqlite {

class SecretCopies {
 public:
  // `directory` is made, mode 0700, with the first copy. Empty: no copies are kept.
  SecretCopies(std::string directory, std::shared_ptr<const Sealer> sealer)
      : directory_(std::move(directory)), sealer_(std::move(sealer)) {}

  // The text of an instance's secrets, with the version the database gave them.
  struct Copy {
    std::uint64_t version = 0;
    SecretString text;
  };
  // nullopt when there is none. kCorrupt when it was sealed with another key, belongs to another
  // uid or is damaged.
  Result<std::optional<Copy>> Read(const ServiceUid& uid) const;
  // Replaces; on disk when it returns. kExhausted, kUnavailable.
  Status Write(const ServiceUid& uid, const Copy& copy) const;
  // Absent: no error.
  Status Remove(const ServiceUid& uid) const;

 private:
  std::string PathOf(const ServiceUid& uid) const { return directory_ + "/" + uid.str(); }

  const std::string directory_;
  const std::shared_ptr<const Sealer> sealer_;
};

}  // namespace kl::sqlite
