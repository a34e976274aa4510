// A certificate of the operator's, exchanged under a running gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/gateway_caddy/real/world.h"
#include "adapters/gateway_caddy/testing_certificate.h"

namespace kl::gateway_test {
namespace {

using std::chrono::seconds;

class CertificateChange : public ::testing::Test {
 protected:
  void SetUp() override {
    world.options.cert_file = world.directory / "cert.pem";
    world.options.key_file = world.directory / "key.pem";
    Give(gateway::MakeTestCertificate(kDomain));
    world.Start();
  }
  void Give(const gateway::TestCertificate& made) {
    gateway::WriteTestFile(world.options.cert_file, made.cert);
    gateway::WriteTestFile(world.options.key_file, made.key);
  }
  // Whether a visitor who trusts `cert` alone is let in.
  bool Serves(const std::string& cert) {
    const std::string file = world.directory / "trusted.pem";
    gateway::WriteTestFile(file, cert);
    net::ClientOptions options = world.Visitor(Host("red-fox"));
    options.ca_file = file;
    auto client = net::HttpClient::Make(world.loop, options);
    return world.Run(client->Send(net::Request(), seconds(5))).has_value();
  }
  bool ServesWithin(const std::string& cert, Duration limit) {
    const MonoTime deadline = world.loop.Monotonic() + limit;
    while (world.loop.Monotonic() < deadline) {
      if (Serves(cert)) return true;
    }
    return false;
  }
  World world;
};

TEST_F(CertificateChange, NewOneIsServedWithoutARestart) {
  const pid_t pid = world.gateway->caddy_pid();
  const auto second = gateway::MakeTestCertificate(kDomain);
  EXPECT_FALSE(Serves(second.cert));
  Give(second);
  EXPECT_TRUE(ServesWithin(second.cert, seconds(15)));
  EXPECT_EQ(world.gateway->caddy_pid(), pid);
}

TEST_F(CertificateChange, HalfExchangedPairIsNotTaken) {
  const auto second = gateway::MakeTestCertificate(kDomain);
  gateway::WriteTestFile(world.options.cert_file, second.cert);
  EXPECT_FALSE(ServesWithin(second.cert, std::chrono::milliseconds(400)));
  gateway::WriteTestFile(world.options.key_file, second.key);
  EXPECT_TRUE(ServesWithin(second.cert, seconds(15)));
}

TEST_F(CertificateChange, OutsideTrustsTheGivenCertificate) {
  auto answer = world.Run(world.gateway->Get(Host("red-fox"), "/", false));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(world.gateway->RootCertificatePath(), "");
}

}  // namespace
}  // namespace kl::gateway_test
