#include "adapters/gateway_caddy/certificate_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/gateway_caddy/certificate.h"
#include "adapters/gateway_caddy/testing_certificate.h"
#include "base/random.h"
#include "net/io_loop.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;

struct CertificateFilesTest : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(files.Prepare(directory / "authority")); }
  void TearDown() override { fs::remove_all(directory); }
  std::string Read(const fs::path& path) const {
    std::ifstream in(directory / path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  bool Covers(const fs::path& path, const std::string& host) const {
    const std::string file = directory / path;
    auto facts = CheckCertificateOf({file, file}, host);
    return facts && facts->covers_domain;
  }
  // Good for every host right below apps.test, for a day.
  IssuedCertificate Issued() const {
    const TestCertificate made = MakeTestCertificate("apps.test");
    return {made.cert, SecretString(made.key), {}};
  }

  const fs::path directory = fs::temp_directory_path() / ("kl-cf-" + SystemRandom().Letters(10));
  net::IoLoop loop;
  CertificateFiles files{loop, directory, "apps.test"};
};

TEST_F(CertificateFilesTest, TheFallbackIsGoodForEveryHostOfTheDomain) {
  EXPECT_TRUE(Covers("certificates/fallback.pem", "a.apps.test"));
  EXPECT_FALSE(Covers("certificates/fallback.pem", "shop.example.com"));
}

TEST_F(CertificateFilesTest, AuthorityAndFallbackStayOverARestart) {
  const std::string root = Read("authority/root.crt");
  const std::string fallback = Read("certificates/fallback.pem");
  CertificateFiles again(loop, directory, "apps.test");
  ASSERT_TRUE(again.Prepare(directory / "authority"));
  EXPECT_EQ(Read("authority/root.crt"), root);
  EXPECT_EQ(Read("certificates/fallback.pem"), fallback);
}

TEST_F(CertificateFilesTest, AnotherDomainGetsAnotherFallback) {
  CertificateFiles moved(loop, directory, "new.test");
  ASSERT_TRUE(moved.Prepare(directory / "authority"));
  EXPECT_TRUE(Covers("certificates/fallback.pem", "a.new.test"));
}

TEST_F(CertificateFilesTest, ADamagedAuthorityIsPutAsideAndWhatItSignedIsSignedAnew) {
  const std::string root = Read("authority/root.crt");
  const std::string fallback = Read("certificates/fallback.pem");
  std::ofstream(directory / "authority/root.key") << "half";
  CertificateFiles again(loop, directory, "apps.test");
  ASSERT_TRUE(again.Prepare(directory / "authority"));
  EXPECT_EQ(Read("authority/root.crt.broken"), root);
  EXPECT_NE(Read("certificates/fallback.pem"), fallback);
  EXPECT_TRUE(Covers("certificates/fallback.pem", "a.apps.test"));
}

TEST_F(CertificateFilesTest, AHostOutsideTheDomainGetsAnInternalCertificateOfItsOwn) {
  ASSERT_TRUE(files.Cover("a.apps.test"));
  EXPECT_FALSE(fs::exists(directory / "certificates/internal/a.apps.test.pem"));
  ASSERT_TRUE(files.Cover("shop.example.com"));
  EXPECT_TRUE(Covers("certificates/internal/shop.example.com.pem", "shop.example.com"));
  files.Uncover("shop.example.com");
  EXPECT_FALSE(fs::exists(directory / "certificates/internal/shop.example.com.pem"));
}

TEST_F(CertificateFilesTest, WhatIsKeptIsHeld) {
  EXPECT_FALSE(files.Held("a.apps.test"));
  ASSERT_TRUE(files.Keep("a.apps.test", Issued()));
  auto held = files.Held("a.apps.test");
  ASSERT_TRUE(held);
  EXPECT_GT(held->not_after, loop.Now());
  EXPECT_FALSE(files.Held("b.apps.test")) << "it is the host's own that counts";
}

TEST_F(CertificateFilesTest, WhatDoesNotFitIsNotServed) {
  EXPECT_FALSE(files.Keep("shop.example.com", Issued())) << "of another host";
  IssuedCertificate mixed = Issued();
  mixed.key_pem = Issued().key_pem;
  EXPECT_FALSE(files.Keep("a.apps.test", mixed)) << "of another key";
  IssuedCertificate nothing;
  EXPECT_FALSE(files.Keep("a.apps.test", nothing));
  EXPECT_FALSE(files.Keep("../fallback", Issued()));
  EXPECT_TRUE(fs::is_empty(directory / "certificates/public"));
}

TEST_F(CertificateFilesTest, ProofsAreShownAndHiddenAndGoneAfterARestart) {
  ASSERT_TRUE(files.Show("token-1", "text"));
  EXPECT_EQ(Read("proofs/token-1"), "text");
  files.Hide("token-1");
  EXPECT_FALSE(fs::exists(directory / "proofs/token-1"));
  for (const char* bad : {"", "../x", "a/b", "a.b", "*"}) EXPECT_FALSE(files.Show(bad, "text"));
  ASSERT_TRUE(files.Show("token-2", "text"));
  CertificateFiles again(loop, directory, "apps.test");
  ASSERT_TRUE(again.Prepare(directory / "authority"));
  EXPECT_FALSE(fs::exists(directory / "proofs/token-2"));
}

}  // namespace
}  // namespace kl::gateway
