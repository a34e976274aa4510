// SecretStore (ports/store.h): each instance's secrets as one sealed row, and a sealed copy of it
// outside of the database that outlives an older database being put back.
#pragma once

#include <map>
#include <set>

#include "adapters/store_sqlite/secret_copies.h"
#include "adapters/store_sqlite/writer.h"
#include "base/offload.h"
#include "ports/store.h"

namespace kl::sqlite {

// Opening fails with kCorrupt when a row was sealed with another key or moved from another uid. A
// copy that cannot be written is a warning, and tried again when the secrets are read next. Calls
// about one uid follow each other: row and copy are always looked at and changed together.
class SecretTable : public SecretStore {
 public:
  SecretTable(Writer& writer, std::shared_ptr<const Sealer> sealer, std::string copies_dir)
      : writer_(writer),
        sealer_(sealer),
        copies_(std::make_shared<SecretCopies>(std::move(copies_dir), std::move(sealer))),
        freed_(writer.loop()),
        pool_(2) {}

  Task<Result<Entry>> Get(ServiceUid uid) override;
  Task<Result<Entry>> Put(ServiceUid uid, Entry entry) override;
  Task<Status> Remove(ServiceUid uid) override;

 private:
  // Held while a call is about its uid.
  class Turn {
   public:
    Turn(SecretTable& table, ServiceUid uid) : table_(table), uid_(std::move(uid)) {}
    Turn(const Turn&) = delete;
    ~Turn();
    Task<void> Take();

   private:
    SecretTable& table_;
    const ServiceUid uid_;
    bool taken_ = false;
  };

  Task<Result<Entry>> ReadRow(ServiceUid uid);
  Task<Result<Entry>> WriteRow(ServiceUid uid, Entry entry);
  Task<void> WriteCopy(ServiceUid uid, Entry entry);

  Writer& writer_;
  const std::shared_ptr<const Sealer> sealer_;
  const std::shared_ptr<const SecretCopies> copies_;
  std::map<ServiceUid, std::uint64_t> copied_;  // versions known to be in their copy
  std::set<ServiceUid> busy_;
  Event freed_;
  OffloadPool pool_;
};

}  // namespace kl::sqlite
