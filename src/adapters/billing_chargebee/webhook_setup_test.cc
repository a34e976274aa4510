#include "adapters/billing_chargebee/webhook_setup.h"

#include "adapters/billing_chargebee/site_peer.h"

namespace kl::chargebee {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUrl[] = "https://billing.apps.example.com/chargebee-webhook";
constexpr char kMade[] = R"({"webhook_endpoint":{"id":"whv2_1"}})";

TEST(WebhookEventsTest, AnEmptyListIsAllAndALackIsNamed) {
  EXPECT_EQ(MissingEvents(""), "");
  std::string all;
  for (const std::string& type : WebhookEvents()) all += (all.empty() ? "" : ",") + type;
  EXPECT_EQ(MissingEvents(all), "");
  EXPECT_EQ(MissingEvents(all.substr(0, all.rfind(','))), WebhookEvents().back());
  const std::string few = MissingEvents("subscription_created");
  EXPECT_THAT(few, HasSubstr("subscription_started"));
  EXPECT_THAT(few, HasSubstr(" more"));
}

TEST(FindOurEndpointTest, TheAddressBeatsTheNameBeatsThePath) {
  const Attributes path{{"url", "https://old.example.com/chargebee-webhook/"}, {"name", "hook"}};
  const Attributes name{{"url", "https://old.example.com/x"}, {"name", "KuberLogic"}};
  const Attributes url{{"url", std::string(kUrl) + "/"}, {"name", "other"}};
  const Attributes crm{{"url", "https://crm.example.com/"}, {"name", "CRM"}};
  const auto found = [](std::vector<Attributes> all) {
    const Attributes* one = FindOurEndpoint(all, kUrl);
    return one ? At(*one, "name") : "none";
  };
  EXPECT_EQ(found({path, name, url}), "other");
  EXPECT_EQ(found({crm, path, name}), "KuberLogic");
  EXPECT_EQ(found({crm, path}), "hook");
  EXPECT_EQ(found({crm}), "none");
}

class SetUpWebhookTest : public SitePeer {
 protected:
  Result<WebhookOutcome> Make() { return Run(SetUpWebhook(api(), kUrl)); }
};

TEST_F(SetUpWebhookTest, OneIsMadeWithCredentialsAndEvents) {
  Say("POST /webhook_endpoints", 200, kMade);
  auto outcome = Make();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->created);
  EXPECT_EQ(outcome->id, "whv2_1");
  auto sent = Sent("POST /webhook_endpoints").at(0);
  EXPECT_EQ(sent["url"], kUrl);
  EXPECT_EQ(sent["api_version"], "v2");
  EXPECT_EQ(sent["basic_auth_username"], "hook");
  EXPECT_EQ(sent["basic_auth_password"], "password_canary");
  EXPECT_EQ(sent["enabled_events[0]"], "subscription_created");
}

TEST_F(SetUpWebhookTest, OneThatLeadsElsewhereIsMended) {
  Say("GET /webhook_endpoints", 200,
      R"({"list":[{"webhook_endpoint":{"id":"w/1","name":"KuberLogic","url":"https://a/b"}}]})");
  Say("POST /webhook_endpoints/w%2F1", 200, kMade);
  auto outcome = Make();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->created);
  EXPECT_EQ(outcome->replaced_url, "https://a/b");
}

TEST_F(SetUpWebhookTest, WithoutCredentialsNothingIsAsked) {
  options_.webhook_user.clear();
  auto outcome = Make();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(outcome.error().field, "chargebee_webhook_user");
  EXPECT_EQ(api().calls(), 0);
}

TEST_F(SetUpWebhookTest, ARefusalIsToldWithoutThePassword) {
  Refuse("POST /webhook_endpoints", 403, "api_authorization_failed");
  auto outcome = Make();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kDenied);
  EXPECT_THAT(outcome.error().message, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace kl::chargebee
