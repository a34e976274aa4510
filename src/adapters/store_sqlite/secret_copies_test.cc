// What the copies beside the database are for: an older database is put back.
#include "adapters/store_sqlite/secret_copies.h"

#include <sys/stat.h>

#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

using Entry = SecretStore::Entry;

class SecretCopiesTest : public testing::DatabaseTest {
 protected:
  Entry Put(const std::string& uid, const std::string& name, const std::string& value) {
    Entry entry = Get(uid);
    entry.values.insert_or_assign(name, SecretString(value));
    return Must(db().secrets().Put(ServiceUid(uid), entry));
  }
  Entry Get(const std::string& uid) { return Must(db().secrets().Get(ServiceUid(uid))); }
  std::string CopyPath(const std::string& uid) const { return dir_.File("secrets/" + uid); }

  // Yesterday's database, and putting it back.
  void Keep() {
    database_.reset();
    std::filesystem::copy_file(dir_.File("store.db"), dir_.File("yesterday"));
    Open();
  }
  void PutBack() {
    database_.reset();
    for (const char* each : {"store.db", "store.db-wal", "store.db-shm"}) {
      std::filesystem::remove(dir_.File(each));
    }
    std::filesystem::copy_file(dir_.File("yesterday"), dir_.File("store.db"));
    Open();
  }
};

TEST_F(SecretCopiesTest, SecretsMadeSinceAreFoundAgain) {
  Open();
  Keep();
  Put("u1", "password", "s3cret");
  PutBack();
  const Entry found = Get("u1");
  ASSERT_EQ(found.values.size(), 1u);
  EXPECT_EQ(found.values.at("password").Reveal(), "s3cret");
  EXPECT_NE(found.version, 0u) << "it is in the store again";
  EXPECT_EQ(Put("u1", "second", "x").values.size(), 2u);
}

TEST_F(SecretCopiesTest, ASecretAddedSinceIsFoundAgainAndAChangedOneIsTheNewOne) {
  Open();
  Put("u1", "password", "old");
  Keep();
  Put("u1", "password", "new");
  Put("u1", "salt", "added");
  PutBack();
  const Entry found = Get("u1");
  ASSERT_EQ(found.values.size(), 2u);
  EXPECT_EQ(found.values.at("password").Reveal(), "new");
  EXPECT_EQ(found.values.at("salt").Reveal(), "added");
}

TEST_F(SecretCopiesTest, AnOlderCopyIsReplacedByWhatTheStoreKnows) {
  Open();
  Put("u1", "password", "old");
  const std::string older = testing::ReadFile(CopyPath("u1"));
  Put("u1", "password", "new");
  testing::WriteFile(CopyPath("u1"), older);
  Open();
  EXPECT_EQ(Get("u1").values.at("password").Reveal(), "new");
  EXPECT_NE(testing::ReadFile(CopyPath("u1")), older);
}

TEST_F(SecretCopiesTest, AMissingCopyIsMadeAgainWhenTheSecretsAreRead) {
  Open();
  Put("u1", "password", "s3cret");
  std::filesystem::remove_all(dir_.File("secrets"));
  Open();
  Get("u1");
  EXPECT_TRUE(std::filesystem::exists(CopyPath("u1")));
}

TEST_F(SecretCopiesTest, RemovedSecretsDoNotComeBackFromTheirCopy) {
  Open();
  Put("u1", "password", "s3cret");
  ASSERT_TRUE(Await(db().secrets().Remove(ServiceUid("u1"))));
  EXPECT_FALSE(std::filesystem::exists(CopyPath("u1")));
  Open();
  EXPECT_TRUE(Get("u1").values.empty());
}

TEST_F(SecretCopiesTest, ACopyIsPrivateSealedAndBoundToItsInstance) {
  Open();
  Keep();
  Put("u1", "password", "s3cret");
  struct stat info{};
  ASSERT_EQ(::stat(CopyPath("u1").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(testing::ReadFile(CopyPath("u1")).find("s3cret"), std::string::npos);
  std::filesystem::rename(CopyPath("u1"), CopyPath("u2"));
  PutBack();
  const auto moved = Await(db().secrets().Get(ServiceUid("u2")));
  ASSERT_FALSE(moved) << "another instance's secrets, or made anew: neither may happen";
  EXPECT_EQ(moved.error().kind, ErrorKind::kCorrupt);
}

// What is in the database stands, whatever became of the copy.
TEST_F(SecretCopiesTest, ADamagedCopyIsReplacedWhileTheStoreHasTheSecrets) {
  Open();
  Put("u1", "password", "s3cret");
  testing::WriteFile(CopyPath("u1"), "nonsense");
  Open();
  EXPECT_EQ(Get("u1").values.at("password").Reveal(), "s3cret");
  EXPECT_NE(testing::ReadFile(CopyPath("u1")), "nonsense");
}

// Calls at once, for one uid: each sees row and copy of one moment.
class SecretsAtOnceTest : public SecretCopiesTest {
 protected:
  static constexpr int kInstances = 50;
  static ServiceUid Uid(int i) { return ServiceUid("u" + std::to_string(i)); }
  void PutAll() {
    for (int i = 0; i < kInstances; ++i) Put(Uid(i).str(), "password", "old");
  }
  static Task<Status> Read(SecretStore& store, ServiceUid uid) {
    auto entry = co_await store.Get(std::move(uid));
    if (!entry) co_return std::unexpected(entry.error());
    co_return Status{};
  }
  static Task<Status> Write(SecretStore& store, ServiceUid uid, Entry entry) {
    auto stored = co_await store.Put(std::move(uid), std::move(entry));
    if (!stored) co_return std::unexpected(stored.error());
    co_return Status{};
  }
  void ExpectAll(std::vector<Task<Status>> tasks) {
    for (const Status& each : Await(WhenAll(loop_, std::move(tasks)))) {
      EXPECT_TRUE(each) << each.error().message;
    }
  }
};

TEST_F(SecretsAtOnceTest, AReadWhileTheyAreChangedIsNoConflict) {
  Open();
  PutAll();
  std::vector<Entry> known;
  for (int i = 0; i < kInstances; ++i) known.push_back(Get(Uid(i).str()));
  Open();
  std::vector<Task<Status>> tasks;
  for (int i = 0; i < kInstances; ++i) {
    known[i].values.insert_or_assign("password", SecretString("new"));
    tasks.push_back(Read(db().secrets(), Uid(i)));
    tasks.push_back(Write(db().secrets(), Uid(i), known[i]));
    tasks.push_back(Read(db().secrets(), Uid(i)));
  }
  ExpectAll(std::move(tasks));
  Open();
  for (int i = 0; i < kInstances; ++i) {
    EXPECT_EQ(Get(Uid(i).str()).values.at("password").Reveal(), "new");
  }
}

TEST_F(SecretsAtOnceTest, NothingIsLeftOfThoseThatAreReadWhileTheyAreRemoved) {
  Open();
  PutAll();
  std::filesystem::remove_all(dir_.File("secrets"));
  Open();
  std::vector<Task<Status>> tasks;
  for (int i = 0; i < kInstances; ++i) {
    tasks.push_back(Read(db().secrets(), Uid(i)));
    tasks.push_back(db().secrets().Remove(Uid(i)));
    tasks.push_back(Read(db().secrets(), Uid(i)));
  }
  ExpectAll(std::move(tasks));
  const std::filesystem::path copies = dir_.File("secrets");
  EXPECT_TRUE(!std::filesystem::exists(copies) || std::filesystem::is_empty(copies));
  for (int i = 0; i < kInstances; ++i) EXPECT_TRUE(Get(Uid(i).str()).values.empty());
}

// A write that was cut off by a crash left its draft.
TEST_F(SecretCopiesTest, TheDraftOfACopyGoesWithIt) {
  Open();
  Put("u1", "password", "s3cret");
  testing::WriteFile(CopyPath("u1") + ".new", "sealed");
  ASSERT_TRUE(Await(db().secrets().Remove(ServiceUid("u1"))));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.File("secrets")));
}

}  // namespace
}  // namespace kl::sqlite
