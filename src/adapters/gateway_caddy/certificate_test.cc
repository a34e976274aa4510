#include "adapters/gateway_caddy/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/gateway_caddy/testing_certificate.h"
#include "base/random.h"

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() {
    fs::create_directories(directory);
    Give(made);
  }
  ~CertificateTest() override { fs::remove_all(directory); }
  void Give(const TestCertificate& certificate) {
    WriteTestFile(pair.cert_file, certificate.cert);
    WriteTestFile(pair.key_file, certificate.key);
  }
  void ExpectRefused(const std::string& field) {
    const auto facts = CheckCertificate(pair, "apps.test");
    ASSERT_FALSE(facts.has_value());
    EXPECT_EQ(facts.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(facts.error().field, field);
    EXPECT_THAT(facts.error().message, HasSubstr(directory.string()));
    EXPECT_THAT(facts.error().message, Not(HasSubstr("BEGIN")));
  }
  const fs::path directory = fs::temp_directory_path() / ("kl-cert-" + SystemRandom().Letters(10));
  const CertificatePair pair{directory / "cert.pem", directory / "key.pem"};
  const TestCertificate made = MakeTestCertificate("apps.test");
};

TEST_F(CertificateTest, TellsWhatTheCertificateIsGoodFor) {
  const auto facts = CheckCertificate(pair, "apps.test");
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  EXPECT_TRUE(facts->covers_domain);
  EXPECT_TRUE(facts->self_contained);
  EXPECT_FALSE(CheckCertificate(pair, "elsewhere.test")->covers_domain);
}

TEST_F(CertificateTest, KeyOfAnotherCertificateIsRefused) {
  WriteTestFile(pair.key_file, MakeTestCertificate("apps.test").key);
  ExpectRefused("key_file");
}

TEST_F(CertificateTest, HalfWrittenFilesAreRefused) {
  WriteTestFile(pair.cert_file, made.cert.substr(0, 200));
  ExpectRefused("cert_file");
  WriteTestFile(pair.cert_file, made.cert);
  WriteTestFile(pair.key_file, "");
  ExpectRefused("key_file");
}

TEST_F(CertificateTest, MissingFilesAreRefused) {
  fs::remove(pair.cert_file);
  ExpectRefused("cert_file");
  EXPECT_EQ(FileStamp(pair), "");
}

TEST_F(CertificateTest, CopiesAreNamedByContentPrivateAndPruned) {
  const fs::path kept_in = directory / "kept";
  const auto first = KeepCertificate(pair, "apps.test", kept_in);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(KeepCertificate(pair, "apps.test", kept_in)->cert_file, first->cert_file);
  EXPECT_EQ(fs::status(first->key_file).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  Give(MakeTestCertificate("apps.test"));
  const auto second = KeepCertificate(pair, "apps.test", kept_in);
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(second->cert_file, first->cert_file);
  PruneCertificates(kept_in, *second);
  EXPECT_FALSE(fs::exists(first->key_file));
  EXPECT_TRUE(CheckCertificate(*second, "apps.test").has_value());
}

TEST_F(CertificateTest, StampChangesWhenAFileIsReplaced) {
  const std::string before = FileStamp(pair);
  EXPECT_EQ(FileStamp(pair), before);
  const std::string fresh = directory / "fresh.pem";
  WriteTestFile(fresh, made.cert);
  fs::rename(fresh, pair.cert_file);
  EXPECT_NE(FileStamp(pair), before);
}

}  // namespace
}  // namespace kl::gateway
