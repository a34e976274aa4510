// SecretStore (ports/store.h): each instance's secrets as one sealed row.
#pragma once

#include "adapters/store_sqlite/seal.h"
#include "adapters/store_sqlite/writer.h"
#include "ports/store.h"

namespace kl::sqlite {

// Opening fails with kCorrupt when a row was sealed with another key or moved from another uid.
class SecretTable : public SecretStore {
 public:
  SecretTable(Writer& writer, std::shared_ptr<const Sealer> sealer)
      : writer_(writer), sealer_(std::move(sealer)) {}

  Task<Result<Entry>> Get(ServiceUid uid) override;
  Task<Result<Entry>> Put(ServiceUid uid, Entry entry) override;
  Task<Status> Remove(ServiceUid uid) override;

 private:
  Writer& writer_;
  std::shared_ptr<const Sealer> sealer_;
};

}  // namespace kl::sqlite
