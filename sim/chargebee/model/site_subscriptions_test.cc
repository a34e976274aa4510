// Creating and updating, custom fields, mails, versions.
#include "sim/chargebee/model/render.h"
#include "sim/chargebee/model/site_fixture.h"

namespace kl::chargebee_sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SubscriptionsTest : public SiteFixture {
 protected:
  Site::Updated SetDomain(const std::string& id, const std::string& value, Origin by = {}) {
    SubscriptionUpdate change;
    change.custom_fields["cf_domain"] = value;
    return site_.Update(id, change, by);
  }
};

TEST_F(SubscriptionsTest, ACheckoutEmitsItsFourEventsTogether) {
  const Subscription* s = Buy();
  EXPECT_THAT(NewEvents(), ElementsAre("customer_created", "subscription_created",
                                       "invoice_generated", "payment_succeeded"));
  const Event& created = site_.events()[1];
  EXPECT_EQ(created.subscription_id, s->id);
  for (const char* key : {"\"subscription\":{", "\"customer\":{", "\"invoice\":{"}) {
    EXPECT_THAT(created.content, HasSubstr(key));
  }
  EXPECT_THAT(created.content, Not(HasSubstr("null")));
}

TEST_F(SubscriptionsTest, IdsAreCaseSensitiveAndUnique) {
  Buy({.id = "Abc"});
  EXPECT_EQ(Buy({.id = "abc"})->id, "abc");
  NewSubscription again{.id = "abc"};
  again.items.push_back({"starter-USD-monthly"});
  auto refused = site_.Create(std::move(again), api_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "duplicate_entry");
}

TEST_F(SubscriptionsTest, UnknownPlansAreRefused) {
  NewSubscription wanted;
  wanted.items.push_back({"gold-USD-monthly"});
  auto refused = site_.Create(std::move(wanted), api_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_EQ(site_.subscription_count(), 0u);
}

TEST_F(SubscriptionsTest, TheDomainIsWrittenMailedAndShown) {
  const Subscription* s = Buy();
  NewEvents();
  const auto version = s->resource_version;
  ASSERT_TRUE(SetDomain(s->id, "https://a-b.example.com"));
  EXPECT_GT(s->resource_version, version);
  EXPECT_THAT(RenderSubscription(*s), HasSubstr(R"("cf_domain":"https://a-b.example.com")"));
  EXPECT_THAT(NewEvents(), ElementsAre("subscription_changed"));
  ASSERT_EQ(site_.outbox().size(), 1u);
  EXPECT_EQ(site_.outbox()[0].to, "jane@example.com");
  EXPECT_EQ(site_.outbox()[0].subject, "Your application instance is provisioned!");
  EXPECT_EQ(site_.outbox()[0].link, "https://a-b.example.com");
}

TEST_F(SubscriptionsTest, WritingTheSameValueAgainChangesNothing) {
  const Subscription* s = Buy();
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  const auto version = s->resource_version;
  NewEvents();
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  EXPECT_EQ(s->resource_version, version);
  EXPECT_THAT(NewEvents(), ElementsAre());
  EXPECT_EQ(site_.outbox().size(), 1u);
  EXPECT_THAT(s->domain_values, ElementsAre("a-b.example.com"));
}

TEST_F(SubscriptionsTest, AnUnregisteredFieldIsRefusedByName) {
  site_.options().custom_fields.clear();
  const Subscription* s = Buy();
  auto refused = SetDomain(s->id, "a-b.example.com");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_EQ(refused.error().param, "cf_domain");
  EXPECT_TRUE(s->custom_fields.empty());
}

TEST_F(SubscriptionsTest, MailNeedsTheSwitchAnAddressAndNoHeaderAgainst) {
  const Subscription* s = Buy();
  ASSERT_TRUE(SetDomain(s->id, "one.example.com", {.skip_emails = true}));
  EXPECT_TRUE(site_.outbox().empty());
  ASSERT_TRUE(site_.UpdateCustomer(s->customer_id, {{"email", ""}}, api_));
  ASSERT_TRUE(SetDomain(s->id, "two.example.com"));
  EXPECT_TRUE(site_.outbox().empty());
  ASSERT_TRUE(site_.UpdateCustomer(s->customer_id, {{"email", "j@example.com"}}, api_));
  site_.options().mail_enabled = false;
  ASSERT_TRUE(SetDomain(s->id, "three.example.com"));
  EXPECT_TRUE(site_.outbox().empty());
  site_.options().mail_enabled = true;
  ASSERT_TRUE(SetDomain(s->id, "four.example.com"));
  EXPECT_EQ(site_.outbox().size(), 1u);
}

TEST_F(SubscriptionsTest, TheEchoOfACustomFieldCanBeOff) {
  site_.options().echo_custom_fields = false;
  const Subscription* s = Buy();
  NewEvents();
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  EXPECT_THAT(NewEvents(), ElementsAre());
  EXPECT_TRUE(site_.outbox().empty());
}

TEST_F(SubscriptionsTest, AnyUpdateDeletesWhatWasScheduled) {
  const Subscription* s = Buy();
  SubscriptionUpdate later;
  later.items.push_back({"team-USD-monthly"});
  later.end_of_term = true;
  ASSERT_TRUE(site_.Update(s->id, later, api_));
  ASSERT_TRUE(s->scheduled_change);
  NewEvents();
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  EXPECT_FALSE(s->scheduled_change);
  EXPECT_THAT(NewEvents(),
              ElementsAre("subscription_scheduled_changes_removed", "subscription_changed"));
  Days(40);
  EXPECT_EQ(s->items.front().item_price_id, "starter-USD-monthly");
}

TEST_F(SubscriptionsTest, APlanReplacesThePlanAndAFieldStays) {
  const Subscription* s = Buy();
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  SubscriptionUpdate change;
  change.items.push_back({"business-USD-monthly"});
  ASSERT_TRUE(site_.Update(s->id, change, api_));
  ASSERT_EQ(s->items.size(), 1u);
  EXPECT_EQ(s->items[0].unit_price, 9900);
  EXPECT_EQ(s->custom_fields.at("cf_domain"), "a-b.example.com");
}

TEST_F(SubscriptionsTest, ItemsReactivateACancelledOneAndFieldsDoNot) {
  const Subscription* s = Buy();
  ASSERT_TRUE(site_.Cancel(s->id, {}, api_));
  ASSERT_TRUE(SetDomain(s->id, "a-b.example.com"));
  EXPECT_EQ(s->status, SubscriptionStatus::kCancelled);
  SubscriptionUpdate change;
  change.items.push_back({"team-USD-monthly"});
  ASSERT_TRUE(site_.Update(s->id, change, api_));
  EXPECT_EQ(s->status, SubscriptionStatus::kActive);
}

TEST_F(SubscriptionsTest, VersionsRiseWithinOneMillisecond) {
  const Subscription* s = Buy();
  const auto first = s->resource_version;
  ASSERT_TRUE(SetDomain(s->id, "one.example.com"));
  ASSERT_TRUE(SetDomain(s->id, "two.example.com"));
  EXPECT_EQ(s->resource_version, first + 2);
}

TEST_F(SubscriptionsTest, AnOverrideMovesNoVersionButTellsOfIt) {
  const Subscription* s = Buy();
  const auto version = s->resource_version;
  NewEvents();
  ASSERT_TRUE(site_.SetOverride(s->id, "volume_size", EntitlementOverride{"40Gi"}, api_));
  EXPECT_EQ(s->resource_version, version);
  EXPECT_THAT(NewEvents(),
              ElementsAre("entitlement_overrides_updated", "subscription_entitlements_updated"));
  EXPECT_EQ(site_.catalog().EntitlementsOf(*s, site_.now()).front().value, "40Gi");
  ASSERT_TRUE(site_.SetOverride(s->id, "volume_size", std::nullopt, api_));
  EXPECT_EQ(site_.catalog().EntitlementsOf(*s, site_.now()).front().value, "1Gi");
}

TEST_F(SubscriptionsTest, DeletingACustomerDeletesTheSubscriptions) {
  const Subscription* s = Buy();
  NewEvents();
  ASSERT_TRUE(site_.DeleteCustomer(s->customer_id, api_));
  EXPECT_TRUE(s->deleted);
  EXPECT_THAT(NewEvents(), ElementsAre("customer_deleted"));
}

TEST_F(SubscriptionsTest, WebhookStatusSaysWhatWillHappen) {
  Buy();
  EXPECT_EQ(site_.events().back().webhook_status, "not_configured");
  site_.endpoints().push_back({.id = "whv2_1", .url = "http://127.0.0.1:1/"});
  const Subscription* s = Buy();
  EXPECT_EQ(site_.events().back().webhook_status, "scheduled");
  ASSERT_TRUE(SetDomain(s->id, "a.example.com", {.skip_webhooks = true}));
  EXPECT_EQ(site_.events().back().webhook_status, "skipped");
}

TEST_F(SubscriptionsTest, DeliveriesAreWrittenIntoTheEvent) {
  site_.endpoints().push_back({.id = "whv2_1", .url = "http://127.0.0.1:1/"});
  Buy();
  const Event& event = site_.events().back();
  EXPECT_THAT(RenderEvent(event), Not(HasSubstr("webhooks\"")));
  site_.RecordDelivery(event.id, "whv2_1", "re_scheduled", "HTTP status 500");
  EXPECT_EQ(event.webhook_status, "re_scheduled");
  site_.RecordDelivery(event.id, "whv2_2", "succeeded", "");
  EXPECT_EQ(event.webhook_status, "re_scheduled") << "one endpoint still waits";
  site_.RecordDelivery(event.id, "whv2_1", "succeeded", "");
  EXPECT_EQ(event.webhook_status, "succeeded");
  EXPECT_EQ(event.webhooks.size(), 2u);
}

class SmallLogTest : public SiteFixture {
 protected:
  SmallLogTest() : SiteFixture({.events_max = 4}) {}
};

TEST_F(SmallLogTest, TheOldestEventsAreForgotten) {
  Buy();
  const std::string first = site_.events().front().id;
  Buy();
  EXPECT_EQ(site_.events().size(), 4u);
  EXPECT_EQ(site_.FindEvent(first), nullptr);
  EXPECT_EQ(site_.FindEvent(site_.events()[2].id), &site_.events()[2]);
}

}  // namespace
}  // namespace kl::chargebee_sim
