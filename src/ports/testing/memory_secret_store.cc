#include "ports/testing/memory_secret_store.h"

namespace kl::testing {

Task<Result<SecretStore::Entry>> MemorySecretStore::Get(ServiceUid uid) {
  KL_PASS(gate_, Before, "secrets.get");
  const auto it = entries_.find(uid);
  Entry entry = it == entries_.end() ? Entry() : it->second;
  KL_PASS(gate_, After, "secrets.get");
  co_return entry;
}

Task<Result<SecretStore::Entry>> MemorySecretStore::Put(ServiceUid uid, Entry entry) {
  KL_PASS(gate_, Before, "secrets.put");
  const auto it = entries_.find(uid);
  if (entry.version != (it == entries_.end() ? 0 : it->second.version)) {
    co_return Fail(ErrorKind::kConflict, "secrets of '" + uid.str() + "' changed");
  }
  entry.version = ++version_;
  entries_.insert_or_assign(uid, entry);
  KL_PASS(gate_, After, "secrets.put");
  co_return entry;
}

Task<Status> MemorySecretStore::Remove(ServiceUid uid) {
  KL_PASS(gate_, Before, "secrets.remove");
  entries_.erase(uid);
  KL_PASS(gate_, After, "secrets.remove");
  co_return Status();
}

}  // namespace kl::testing
