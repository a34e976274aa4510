// The embedded store keeps the contracts every store keeps.
#include "adapters/store_sqlite/test_support.h"
#include "ports/testing/hints_contract.h"
#include "ports/testing/history_contract.h"
#include "ports/testing/secret_store_contract.h"
#include "ports/testing/store_contract.h"
#include "ports/testing/watch_contract.h"

namespace kl::testing {
namespace {

class SqliteBackend {
 public:
  SqliteBackend() { Reopen(); }

  template <class T>
  T Run(Task<T> task) {
    return net::RunTaskToEnd(loop_, std::move(task));
  }
  Loop& loop() { return loop_; }
  void Settle() {}
  void Reopen() {
    database_.reset();
    auto opened = sqlite::Database::Open(loop_, {.path = dir_.File("store.db"),
                                                 .key_path = dir_.File("key"),
                                                 .secrets_dir = dir_.File("secrets")});
    KL_ASSERT_OK(opened);
    database_ = std::move(*opened);
  }
  template <class Object>
  Store<Object>& store() {
    if constexpr (std::is_same_v<Object, Service>) return database_->services();
    if constexpr (std::is_same_v<Object, NameClaim>) return database_->names();
    if constexpr (std::is_same_v<Object, Site>) return database_->sites();
    if constexpr (std::is_same_v<Object, Subscription>) return database_->subscriptions();
  }
  template <class Object>
  Watchable<Object>& watchable() {
    if constexpr (std::is_same_v<Object, Service>) return database_->watch_services();
    if constexpr (std::is_same_v<Object, NameClaim>) return database_->watch_names();
    if constexpr (std::is_same_v<Object, Site>) return database_->watch_sites();
    if constexpr (std::is_same_v<Object, Subscription>) return database_->watch_subscriptions();
  }
  Hints& hints() { return database_->hints(); }
  History& history() { return database_->history(); }
  SecretStore& secrets() { return database_->secrets(); }

 private:
  sqlite::testing::TempDir dir_;
  net::IoLoop loop_;
  std::unique_ptr<sqlite::Database> database_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, WatchContract, SqliteBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, HintsContract, SqliteBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, HistoryContract, SqliteBackend);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SecretStoreContract, SqliteBackend);

}  // namespace
}  // namespace kl::testing
