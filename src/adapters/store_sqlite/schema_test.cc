#include "adapters/store_sqlite/schema.h"

#include <sys/stat.h>

#include "adapters/store_sqlite/files.h"
#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

constexpr Migration kOne[] = {{1, "CREATE TABLE t(a)"}};
constexpr Migration kThree[] = {
    {1, "CREATE TABLE t(a)"},
    {2, "ALTER TABLE t ADD COLUMN b DEFAULT 'two'"},
    {3, "UPDATE t SET b='three'"},
};
constexpr Migration kBroken[] = {
    {1, "CREATE TABLE t(a)"},
    {2, "UPDATE t SET a=99; SELECT no_such_function()"},
};

class SchemaTest : public ::testing::Test {
 protected:
  std::string path() const { return dir_.File("store.db"); }
  Connection Opened() {
    EXPECT_TRUE(EnsurePrivateFile(path()));
    auto connection = Connection::Open(path(), OpenMode::kReadWrite);
    EXPECT_TRUE(connection->Execute("PRAGMA journal_mode=WAL"));
    return std::move(*connection);
  }
  void MigrateTo(std::span<const Migration> migrations) {
    Connection connection = Opened();
    const Status migrated = Migrate(connection, path(), migrations);
    ASSERT_TRUE(migrated) << migrated.error().message;
  }
  void Execute(const std::string& script) { EXPECT_TRUE(Opened().Execute(script)); }
  std::int64_t Number(const std::string& sql) { return *Opened().Number(sql); }

  testing::TempDir dir_;
};

TEST_F(SchemaTest, NumbersHaveNoGaps) {
  int expected = 1;
  for (const Migration& migration : Migrations()) EXPECT_EQ(migration.to, expected++);
}

TEST_F(SchemaTest, ANewFileGetsAllMigrationsAndIsMarkedAsOurs) {
  EXPECT_EQ(SchemaOf(path()), 0);
  MigrateTo(kThree);
  EXPECT_EQ(SchemaOf(path()), 3);
  EXPECT_EQ(Number("PRAGMA application_id"), 0x4B4C4743);
}

TEST_F(SchemaTest, AnOldFileIsBroughtForwardWithItsContentAndACopyOfItIsKept) {
  MigrateTo(kOne);
  Execute("INSERT INTO t VALUES(7)");
  MigrateTo(kThree);
  EXPECT_EQ(Number("SELECT a FROM t WHERE b='three'"), 7);

  const std::string copy = path() + ".before-v2";
  ASSERT_TRUE(std::filesystem::exists(copy));
  EXPECT_EQ(SchemaOf(copy), 1);
  auto before = Connection::Open(copy, OpenMode::kReadOnly);
  EXPECT_EQ(before->Number("SELECT a FROM t"), 7);
  struct stat info{};
  ASSERT_EQ(::stat(copy.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(SchemaTest, MigratingAgainDoesNothing) {
  MigrateTo(kOne);
  MigrateTo(kOne);
  EXPECT_FALSE(std::filesystem::exists(path() + ".before-v1"));
}

TEST_F(SchemaTest, AMigrationThatFailsLeavesTheOldSchema) {
  MigrateTo(kOne);
  Execute("INSERT INTO t VALUES(7)");
  {
    Connection connection = Opened();
    const Status migrated = Migrate(connection, path(), kBroken);
    ASSERT_FALSE(migrated);
    EXPECT_NE(migrated.error().message.find("schema 2"), std::string::npos);
  }
  EXPECT_EQ(SchemaOf(path()), 1);
  EXPECT_EQ(Number("SELECT a FROM t"), 7);
}

TEST_F(SchemaTest, ANewerFileIsRefusedWithTheRemedy) {
  MigrateTo(kThree);
  const Status known = CheckSchemaKnown(path(), *SchemaOf(path()), kOne);
  ASSERT_FALSE(known);
  EXPECT_EQ(known.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(known.error().message.find(path()), std::string::npos);
  EXPECT_NE(known.error().message.find(".before-v2"), std::string::npos);
}

TEST_F(SchemaTest, AnotherProgramsDatabaseIsRefused) {
  Execute("CREATE TABLE theirs(a)");
  EXPECT_EQ(SchemaOf(path()).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace kl::sqlite
