#include "adapters/store_sqlite/database.h"

#include <sys/stat.h>
#include <unistd.h>

#include "adapters/store_sqlite/schema.h"
#include "adapters/store_sqlite/test_support.h"

namespace kl::sqlite {
namespace {

using testing::ReadFile;
using testing::WriteFile;

class DatabaseOpenTest : public testing::DatabaseTest {
 protected:
  std::map<std::string, std::string> AllFiles() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
      if (entry.is_regular_file()) files[entry.path().filename()] = ReadFile(entry.path());
    }
    return files;
  }
  void CreateOne(const std::string& name) {
    Service service;
    service.meta.name = name;
    Must(db().services().PutSpec(service));
  }
};

TEST_F(DatabaseOpenTest, EveryFileIsItsOwnersAlone) {
  Open();
  CreateOne("magnetic-llama");
  for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
    struct stat info{};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0077, 0U) << entry.path();
  }
}

TEST_F(DatabaseOpenTest, AFileOthersCouldReadIsMadePrivate) {
  Open();
  database_.reset();
  ASSERT_EQ(::chmod(Where().path.c_str(), 0644), 0);
  Open();
  struct stat info{};
  ASSERT_EQ(::stat(Where().path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(DatabaseOpenTest, ASecondProcessIsRefusedAndToldWho) {
  Open();
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_NE(error.message.find(Where().path), std::string::npos);
  EXPECT_NE(error.message.find("process " + std::to_string(::getpid())), std::string::npos);
  EXPECT_NE(error.message.find("data_dir"), std::string::npos);
  CreateOne("still-works");
}

TEST_F(DatabaseOpenTest, AMissingDirectoryIsUnavailable) {
  std::filesystem::remove_all(dir_.path());
  EXPECT_EQ(Refused().kind, ErrorKind::kUnavailable);
}

TEST_F(DatabaseOpenTest, ANewerSchemaIsRefusedAndNoByteIsTouched) {
  Open();
  CreateOne("magnetic-llama");
  Sql("PRAGMA user_version=2");
  const std::string before = ReadFile(Where().path);
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.message.find("newer"), std::string::npos);
  EXPECT_TRUE(ReadFile(Where().path) == before);
}

TEST_F(DatabaseOpenTest, AFileThatIsNoDatabaseIsRefusedAndNotTouched) {
  const std::string text(5'000, 'x');
  WriteFile(Where().path, text);
  EXPECT_EQ(Refused().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ReadFile(Where().path), text);
}

TEST_F(DatabaseOpenTest, AWrongKeyIsRefusedAtOnce) {
  Open();
  database_.reset();
  const std::string right = ReadFile(Where().key_path);
  WriteFile(Where().key_path, std::string(32, 'w'));
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_NE(error.message.find(Where().key_path), std::string::npos);
  EXPECT_NE(error.message.find("put the right key file back"), std::string::npos);
  WriteFile(Where().key_path, right);
  Open();
}

TEST_F(DatabaseOpenTest, ALostKeyIsNotReplacedByANewOne) {
  Open();
  database_.reset();
  std::filesystem::remove(Where().key_path);
  EXPECT_EQ(Refused().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(Where().key_path));
}

TEST_F(DatabaseOpenTest, SecretsAreOnNoPageOfAnyFile) {
  const std::string canary = "canary-8c1f2e77";
  Open();
  SecretStore::Entry entry;
  entry.values["password-" + canary] = SecretString("value-" + canary);
  entry = Must(db().secrets().Put(ServiceUid("uid-1"), entry));
  const auto search = [&] {
    for (const auto& [name, content] : AllFiles()) {
      EXPECT_EQ(content.find(canary), std::string::npos) << name;
    }
  };
  search();
  EXPECT_EQ(Must(db().secrets().Get(ServiceUid("uid-1"))).values.size(), 1U);
  database_.reset();
  search();
}

TEST_F(DatabaseOpenTest, SecretsExchangedBetweenInstancesDoNotOpen) {
  Open();
  for (const char* uid : {"uid-1", "uid-2"}) {
    SecretStore::Entry entry;
    entry.values["password"] = SecretString(uid);
    Must(db().secrets().Put(ServiceUid(uid), entry));
  }
  Sql("UPDATE secret SET sealed=(SELECT sealed FROM secret WHERE uid='uid-2') WHERE uid='uid-1'");
  Open();
  const auto read = Await(db().secrets().Get(ServiceUid("uid-1")));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(read.error().message.find("uid-1"), std::string::npos);
  EXPECT_EQ(Must(db().secrets().Get(ServiceUid("uid-2"))).values["password"].Reveal(), "uid-2");
}

TEST_F(DatabaseOpenTest, WhatWasDeletedIsOverwritten) {
  const std::string canary(300, 'Q');
  Open();
  Service service;
  service.meta.name = "magnetic-llama";
  service.spec.customer_email = canary;
  service = Must(db().services().PutSpec(service));
  Must(db().services().Remove("magnetic-llama", service.meta.version));
  database_.reset();  // the log is moved into the database and removed
  for (const auto& [name, content] : AllFiles()) {
    EXPECT_EQ(content.find(canary), std::string::npos) << name;
  }
}

// The store's file as the first released schema made it. Later programs must read it for ever.
TEST_F(DatabaseOpenTest, ADatabaseOfSchemaOneIsRead) {
  WriteFile(Where().path, "");
  Sql(ReadFile("tests/golden/store/v1.sqlite.sql"));
  WriteFile(Where().key_path, "0123456789abcdef0123456789abcdef");
  ASSERT_EQ(SchemaOf(Where().path), 1);
  Open();
  const Service service = Must(db().services().Get("magnetic-llama"));
  EXPECT_EQ(service.spec.type, "wordpress");
  EXPECT_EQ(service.spec.limits.memory, *Quantity::Parse("512Mi"));
  EXPECT_EQ(service.status.phase, "Ready");
  EXPECT_EQ(service.meta.generation, 2U);
  EXPECT_EQ(Must(db().subscriptions().List("", 10)).items.size(), 1U);
  EXPECT_EQ(Must(db().names().List("", 10)).items.size(), 1U);
  EXPECT_EQ(Must(db().templates().List("", 10)).items.size(), 1U);
  EXPECT_EQ(Must(db().sites().List("", 10)).items.size(), 1U);
  const auto hints = Must(db().hints().Pending("", 10));
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_EQ(hints[0].hint.version, 1'795'454'940'123);
  EXPECT_EQ(Must(db().history().Read({.stream = "events"})).size(), 2U);
  EXPECT_EQ(Must(db().history().Read({.stream = "events", .id = "ev_1"})).size(), 1U);
  const auto secrets = Must(db().secrets().Get(ServiceUid(service.meta.uid)));
  EXPECT_EQ(secrets.values.at("admin_password").Reveal(), "golden");
  // New numbers go on after the old ones.
  EXPECT_GT(Must(db().services().PutStatus(service)).meta.version, service.meta.version);
}

}  // namespace
}  // namespace kl::sqlite
