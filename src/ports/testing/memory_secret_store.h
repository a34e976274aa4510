// MemorySecretStore: the twin of SecretStore. Nothing is sealed: it is gone with the process.
#pragma once

#include <map>

#include "ports/store.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

class MemorySecretStore : public SecretStore {
 public:
  explicit MemorySecretStore(CallGate& gate) : gate_(gate) {}

  Task<Result<Entry>> Get(ServiceUid uid) override;
  Task<Result<Entry>> Put(ServiceUid uid, Entry entry) override;
  Task<Status> Remove(ServiceUid uid) override;

  const std::map<ServiceUid, Entry>& entries() const { return entries_; }
  void Restore(std::map<ServiceUid, Entry> entries) { entries_ = std::move(entries); }

 private:
  CallGate& gate_;
  std::map<ServiceUid, Entry> entries_;
  std::uint64_t version_ = 0;
};

}  // namespace kl::testing
