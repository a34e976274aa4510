#include "adapters/gateway_caddy/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/gateway_caddy/testing_certificate.h"
#include "base/random.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

class StorageTest : public ::testing::Test {
 protected:
  StorageTest() { fs::create_directories(authority); }
  ~StorageTest() override { fs::remove_all(storage); }
  void Give(const std::string& name) {
    const TestCertificate made = MakeTestCertificate("apps.test");
    WriteTestFile(authority / (name + ".crt"), made.cert);
    WriteTestFile(authority / (name + ".key"), made.key);
  }
  bool Has(const std::string& name) const { return fs::exists(authority / name); }
  const fs::path storage = fs::temp_directory_path() / ("kl-store-" + SystemRandom().Letters(10));
  const fs::path authority = storage / "pki/authorities/local";
};

TEST_F(StorageTest, SoundAuthorityStaysAndLeavesGo) {
  Give("root");
  Give("intermediate");
  ASSERT_TRUE(PrepareStorage(storage, "apps.test"));
  const fs::path leaf = storage / "certificates/local/wildcard_.apps.test/wildcard_.apps.test.json";
  WriteTestFile(leaf, "{\"half");
  ASSERT_TRUE(RepairStorage(storage));
  EXPECT_FALSE(fs::exists(leaf));
  EXPECT_TRUE(Has("root.crt") && Has("root.key"));
  EXPECT_TRUE(Has("intermediate.crt") && Has("intermediate.key"));
}

TEST_F(StorageTest, EmptyStorageIsFine) { EXPECT_TRUE(RepairStorage(storage / "none")); }

TEST_F(StorageTest, BrokenIntermediateGoesAndTheRootStays) {
  Give("root");
  Give("intermediate");
  WriteTestFile(authority / "intermediate.key", "");
  ASSERT_TRUE(RepairStorage(storage));
  EXPECT_TRUE(Has("root.crt") && Has("root.key"));
  EXPECT_FALSE(Has("intermediate.crt") || Has("intermediate.key"));
  EXPECT_TRUE(Has("intermediate.crt.broken"));
}

TEST_F(StorageTest, RootWithoutItsKeyIsPutAsideWithWhatItSigned) {
  Give("root");
  Give("intermediate");
  fs::remove(authority / "root.key");
  ASSERT_TRUE(RepairStorage(storage));
  EXPECT_FALSE(Has("root.crt") || Has("intermediate.crt") || Has("intermediate.key"));
  EXPECT_TRUE(Has("root.crt.broken"));
}

TEST_F(StorageTest, DirectoriesOfCertificatesAreNotEmpty) {
  ASSERT_TRUE(PrepareStorage(storage, "apps.test"));
  for (const char* name : {"wildcard_.apps.test", "apps.test"}) {
    EXPECT_FALSE(fs::is_empty(storage / "certificates/local" / name)) << name;
  }
}

}  // namespace
}  // namespace kl::gateway
