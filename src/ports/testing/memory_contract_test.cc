// The twins keep the contracts every adapter keeps: once plainly, once with everything the contract
// allows turned on.
#include "ports/testing/hints_contract.h"
#include "ports/testing/history_contract.h"
#include "ports/testing/memory_hints.h"
#include "ports/testing/memory_history.h"
#include "ports/testing/memory_secret_store.h"
#include "ports/testing/memory_store.h"
#include "ports/testing/secret_store_contract.h"
#include "ports/testing/sim_loop.h"
#include "ports/testing/store_contract.h"
#include "ports/testing/watch_contract.h"

namespace kl::testing {
namespace {

class MemoryBackend {
 public:
  MemoryBackend() : MemoryBackend(StoreFaults(), Duration(0), 0) {}

  template <class T>
  T Run(Task<T> task) {
    return loop_.Run(std::move(task));
  }
  Loop& loop() { return loop_; }
  void Settle() { loop_.RunFor(std::chrono::seconds(2)); }
  void Reopen() {}  // the twins outlive the program by design
  template <class Object>
  MemoryStore<Object>& store() {
    return std::get<MemoryStore<Object>>(stores_);
  }
  template <class Object>
  Watchable<Object>& watchable() {
    return store<Object>();
  }
  Hints& hints() { return hints_; }
  History& history() { return history_; }
  SecretStore& secrets() { return secrets_; }

 protected:
  MemoryBackend(StoreFaults faults, Duration latency, std::uint64_t shuffle_seed)
      : loop_(SimLoopOptions{.shuffle_seed = shuffle_seed}),
        stores_{MemoryStore<Service>(gate_, faults), MemoryStore<NameClaim>(gate_, faults),
                MemoryStore<Site>(gate_, faults), MemoryStore<Subscription>(gate_, faults)} {
    gate_.latency = latency;
  }

 private:
  SimLoop loop_;
  CallGate gate_{loop_};
  std::tuple<MemoryStore<Service>, MemoryStore<NameClaim>, MemoryStore<Site>,
             MemoryStore<Subscription>>
      stores_;
  MemoryHints hints_{gate_};
  MemoryHistory history_{gate_};
  MemorySecretStore secrets_{gate_};
};

// Half of the reads stale, a third of the watches cut, everything late and out of order.
struct UnkindBackend : MemoryBackend {
  UnkindBackend()
      : MemoryBackend({.stale = 0.5, .notify_delay = Duration(500), .cut = 0.3}, Duration(50), 7) {}
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, WatchContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, HintsContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, HistoryContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SecretStoreContract, MemoryBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(UnkindMemory, StoreContract, UnkindBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(UnkindMemory, WatchContract, UnkindBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(UnkindMemory, HintsContract, UnkindBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(UnkindMemory, HistoryContract, UnkindBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(UnkindMemory, SecretStoreContract, UnkindBackend);

}  // namespace
}  // namespace kl::testing
