#include "api/api_fixture.h"

namespace kl::api {
namespace {

class BillingRoutes : public ApiFixture {
 protected:
  // An event of the provider as its webhook would have brought it.
  std::string Deliver(const std::string& id) {
    BillingSubscription bought;
    bought.key.id = id;
    bought.state = BillingState::kActive;
    bought.items.push_back({.price_id = "starter", .is_plan = true});
    provider_.Create(std::move(bought));
    const ParsedEvent& event = provider_.events().back();
    EXPECT_TRUE(loop_.Run(intake_.Receive(kl::testing::FakeIntake::Headers(), "/fake-webhook",
                                          kl::testing::FakeIntake::BodyOf(event))));
    return event.id;
  }
};

TEST_F(BillingRoutes, SubscriptionsAreFoundByTheProvidersIdAndByName) {
  const std::string name = Subscribe("Az/1");
  for (const std::string& id : {name, std::string("Az%2F1")}) {
    const Asked asked = Ask("GET", "/api/v1/subscriptions/" + id);
    ASSERT_EQ(asked.status, 200) << id;
    EXPECT_EQ(asked.Text("id"), "Az/1");
    EXPECT_EQ(asked.Text("name"), name);
  }
  EXPECT_EQ(Ask("GET", "/api/v1/subscriptions/nobody").status, 404);
}

TEST_F(BillingRoutes, ARecordWithEverythingInItIsAsDocumented) {
  const std::string name = Subscribe("Az1");
  Subscription record = subscriptions_.objects().at(name);
  BillingSubscription observed;
  observed.key = record.spec.key;
  observed.customer_id = "c1";
  observed.customer_email = "jane@example.com";
  observed.raw_status = "active";
  observed.state = BillingState::kActive;
  observed.items.push_back({.price_id = "starter", .is_plan = true});
  observed.domain = "https://llama.example.com";
  observed.version = 12;
  record.status.observed = observed;
  record.status.read_at = loop_.Now();
  record.status.service = "llama";
  record.status.derived = Derived{};
  record.status.publication.recorded = "https://llama.example.com";
  record.status.publication.written_at = loop_.Now();
  record.status.publication.reason = "DomainWritten";
  record.status.events.push_back({.id = "ev_1", .type = "x", .at = loop_.Now()});
  record.status.event_at = loop_.Now();
  record.status.conditions.push_back(
      {.type = "Matched", .status = true, .reason = "MatchedPlan", .message = "m"});
  ASSERT_TRUE(loop_.Run(subscriptions_.PutStatus(std::move(record))));
  const Asked asked = Ask("GET", "/api/v1/subscriptions/Az1");
  EXPECT_EQ(asked.Text("email"), "jane@example.com");
  EXPECT_EQ(asked.Text("observedVersion"), "12");
  EXPECT_EQ(Ask("GET", "/api/v1/explain/Az1").status, 200);
}

TEST_F(BillingRoutes, SubscriptionListIsABareArrayWithPages) {
  EXPECT_EQ(Ask("GET", "/api/v1/subscriptions").text, "[]");
  for (const char* id : {"a", "b", "c"}) Subscribe(id);
  EXPECT_EQ(Ask("GET", "/api/v1/subscriptions/").size(), 3u);
  const Asked first = Ask("GET", "/api/v1/subscriptions?limit=2");
  EXPECT_EQ(first.size(), 2u);
  const auto link = first.headers.Find("link");
  ASSERT_TRUE(link);
  const Asked second = Ask("GET", std::string(link->substr(1, link->find('>') - 1)));
  EXPECT_EQ(second.size(), 1u);
  EXPECT_FALSE(second.headers.Find("link"));
}

TEST_F(BillingRoutes, SyncIsAnOperatorsWordAndInTheAudit) {
  const std::string name = Subscribe("Az1");
  const Asked asked = Ask("POST", "/api/v1/subscriptions/Az1/sync?force=true&republish=true");
  EXPECT_EQ(asked.status, 200) << asked.text;
  EXPECT_TRUE(subscriptions_.objects().at(name).status.publication.force);
  EXPECT_TRUE(subscriptions_.objects().at(name).status.publication.republish);
  ASSERT_EQ(Audit().size(), 1u);
  EXPECT_EQ(Audit()[0].kind, "subscription sync");
  EXPECT_EQ(Ask("POST", "/api/v1/subscriptions/nobody/sync").status, 404);
}

TEST_F(BillingRoutes, EventsAreKeptShownAndReplayed) {
  const std::string id = Deliver("Az1");
  Subscribe("Az1");
  const Asked list = Ask("GET", "/api/v1/events");
  ASSERT_EQ(list.size(), 1u);
  EXPECT_FALSE(Document::Member(list[0], "body"));
  EXPECT_EQ(Ask("GET", "/api/v1/events?subscription=Az1").size(), 1u);
  EXPECT_EQ(Ask("GET", "/api/v1/events?subscription=nobody").status, 404);
  EXPECT_EQ(Ask("GET", "/api/v1/events/" + id).Text("body"), "{\"id\":\"" + id + "\"}");
  EXPECT_EQ(Ask("GET", "/api/v1/events/nobody").status, 404);

  const std::size_t hints = hints_.size();
  EXPECT_EQ(Ask("POST", "/api/v1/events/" + id + "/replay").status, 200);
  EXPECT_EQ(hints_.size(), hints + 1);
  EXPECT_EQ(Ask("POST", "/api/v1/events/nobody/replay").status, 404);
}

TEST_F(BillingRoutes, ReleaseOpensTheGateForAWhile) {
  const Asked asked = Ask("POST", "/api/v1/billing/release");
  EXPECT_EQ(asked.status, 200);
  ASSERT_EQ(sites_.objects().size(), 1u);
  EXPECT_EQ(sites_.objects().begin()->second.spec.gate_released_until,
            loop_.Now() + std::chrono::hours(1));
  EXPECT_EQ(Audit().at(0).kind, "billing release");
}

TEST_F(BillingRoutes, WithoutBillingItsVerbsAreConflicts) {
  Subscribe("Az1");
  Make(false);
  EXPECT_EQ(Ask("POST", "/api/v1/billing/release").status, 409);
  EXPECT_EQ(Ask("POST", "/api/v1/subscriptions/Az1/sync").status, 409);
  EXPECT_EQ(Ask("GET", "/api/v1/subscriptions").status, 200);
  EXPECT_EQ(Ask("GET", "/api/v1/events").text, "[]");
}

}  // namespace
}  // namespace kl::api
