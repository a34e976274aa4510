#include "cmd/state_copy.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/store_sqlite/connection.h"
#include "adapters/store_sqlite/files.h"
#include "base/random.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

constexpr int kOurs = 0x4B4C4743;  // the store's application_id

struct StateCopyTest : ::testing::Test {
  StateCopyTest() {
    fs::create_directories(data);
    fs::create_directories(copy);
    EXPECT_TRUE(sqlite::EnsurePrivateFile(store()));
    Run("PRAGMA application_id=" + std::to_string(kOurs) +
        ";CREATE TABLE t(a);INSERT INTO t VALUES(1);PRAGMA user_version=1");
  }
  ~StateCopyTest() override { fs::remove_all(root); }

  std::string store() const { return data / "kuberlogic.db"; }
  void Run(const std::string& sql) const {
    auto db = sqlite::Connection::Open(store(), sqlite::OpenMode::kReadWrite);
    ASSERT_TRUE(db && db->Execute(sql));
  }
  static std::int64_t Rows(const std::string& path) {
    auto db = sqlite::Connection::Open(path, sqlite::OpenMode::kReadOnly);
    return *db->Number("SELECT count(*) FROM t");
  }
  Status Copy() const { return CopyState(data, copy); }

  const fs::path root = fs::temp_directory_path() / ("kl-copy-" + SystemRandom().Letters(10));
  const fs::path data = root / "data", copy = root / "copy";
};

TEST_F(StateCopyTest, AStoreOfTheSameSchemaStaysBecauseItKnowsMore) {
  ASSERT_TRUE(Copy());
  Run("INSERT INTO t VALUES(2)");
  EXPECT_EQ(PutBackIfNeeded(data, copy), false);
  EXPECT_EQ(Rows(store()), 2);
}

TEST_F(StateCopyTest, AStoreOfAnotherSchemaIsReplacedAndKept) {
  ASSERT_TRUE(Copy());
  Run("INSERT INTO t VALUES(2);PRAGMA user_version=2");
  EXPECT_EQ(PutBackIfNeeded(data, copy), true);
  EXPECT_EQ(Rows(store()), 1);
  EXPECT_EQ(Rows(copy / "replaced/kuberlogic.db"), 2);
}

TEST_F(StateCopyTest, AStoreThatWasDestroyedIsReplaced) {
  ASSERT_TRUE(Copy());
  std::ofstream(store(), std::ios::trunc) << "no database at all, and long enough to be looked at";
  EXPECT_EQ(PutBackIfNeeded(data, copy), true);
  EXPECT_EQ(Rows(store()), 1);
}

TEST_F(StateCopyTest, CommitsThatAreInTheLogOnlyAreCopiedToo) {
  auto open = sqlite::Connection::Open(store(), sqlite::OpenMode::kReadWrite);
  ASSERT_TRUE(open && open->Execute("PRAGMA journal_mode=WAL;INSERT INTO t VALUES(2)"));
  ASSERT_GT(fs::file_size(store() + "-wal"), 0u);
  ASSERT_TRUE(Copy());
  EXPECT_EQ(Rows(copy / "kuberlogic.db"), 2);
}

TEST_F(StateCopyTest, AStoreInUseIsNeitherCopiedNorReplaced) {
  auto served = sqlite::FileLock::Take(store() + ".lock");
  ASSERT_TRUE(served);
  EXPECT_TRUE(IsServed(data));
  EXPECT_EQ(Copy().error().kind, ErrorKind::kUnavailable);
  std::ofstream(copy / "kuberlogic.db") << "x";
  EXPECT_EQ(PutBackIfNeeded(data, copy).error().kind, ErrorKind::kUnavailable);
}

TEST_F(StateCopyTest, NothingIsServedWhereThereIsNoStore) {
  EXPECT_FALSE(IsServed(data));
  EXPECT_FALSE(IsServed(root / "elsewhere"));
}

}  // namespace
}  // namespace kl::cmd
