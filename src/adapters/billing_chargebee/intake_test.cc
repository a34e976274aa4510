#include "adapters/billing_chargebee/intake.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace kl::chargebee {
namespace {

ChargebeeIntake Guarded() {
  return ChargebeeIntake(Options{
      .site = "acme-test", .webhook_user = "hook", .webhook_password = SecretString("s3cret")});
}

Status Check(const std::string& name, const std::string& value) {
  return Guarded().Verify({{"Host", "x"}, {name, value}}, "/chargebee-webhook", "{}");
}

TEST(ChargebeeIntake, RightUserAndPasswordPassWhateverTheHeadersCase) {
  EXPECT_TRUE(Check("Authorization", "Basic " + Base64("hook:s3cret")));
  EXPECT_TRUE(Check("AUTHORIZATION", "Basic " + Base64("hook:s3cret")));
}

TEST(ChargebeeIntake, EverythingElseIsUnauthenticatedAndNamesNoSecret) {
  for (const std::string& value :
       {"Basic " + Base64("hook:wrong"), "Basic " + Base64("hook:s3cret "), std::string("Basic "),
        std::string(), std::string("Bearer s3cret"), Base64("hook:s3cret")}) {
    const Status status = Check("Authorization", value);
    ASSERT_FALSE(status) << value;
    EXPECT_EQ(status.error().kind, ErrorKind::kUnauthenticated);
    EXPECT_EQ(status.error().message.find("s3cret"), std::string::npos);
  }
  EXPECT_FALSE(Check("X-Authorization", "Basic " + Base64("hook:s3cret")));
}

TEST(ChargebeeIntake, WithoutAUserEveryoneMayPost) {
  EXPECT_TRUE(ChargebeeIntake(Options{.site = "acme-test"}).Verify({}, "/chargebee-webhook", "{}"));
}

TEST(ChargebeeIntake, HintsCarryTheConfiguredSite) {
  auto event = Guarded().Parse(
      R"({"id":"e","event_type":"subscription_changed","content":{"subscription":{"id":"a"}}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->hints.at(0).site, "acme-test");
}

}  // namespace
}  // namespace kl::chargebee
