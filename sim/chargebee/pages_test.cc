#include "sim/chargebee/pages.h"

#include "sim/chargebee/simulator_fixture.h"

namespace kl::chargebee_sim {
namespace {

using testing::HasSubstr;
using testing::Not;

class PagesTest : public SimulatorFixture {
 protected:
  void SetUp() override { Start(); }

  std::string Location(const net::Response& response) {
    EXPECT_EQ(response.status, 303) << response.body;
    return std::string(response.headers.Find("Location").value_or(""));
  }

  // The checkout page of a plan, filled in.
  net::Response Pay(const std::string& page, const std::string& card,
                    const std::string& email = "jane@example.com") {
    return PostForm(page, net::EncodeForm({{"email", email},
                                           {"first_name", "Jane"},
                                           {"last_name", "Doe"},
                                           {"card_number", card}}));
  }

  Site& site() { return simulator_->site(); }
};

TEST_F(PagesTest, TheStorefrontSellsEveryPlan) {
  const std::string page = Get("/").body;
  for (const char* plan : {"starter-USD-monthly", "team-USD-monthly", "business-USD-monthly"}) {
    EXPECT_THAT(page, HasSubstr(std::string("/buy/") + plan));
  }
  EXPECT_THAT(page, HasSubstr("$29"));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_EQ(Get("/style.css").status, 200);
}

TEST_F(PagesTest, APurchaseEndsInASubscriptionAndThanks) {
  const std::string checkout = Location(Get("/buy/team-USD-monthly"));
  EXPECT_THAT(Get(checkout).body, HasSubstr("$29"));
  const std::string thanks = Location(Pay(checkout, "4242 4242 4242 4242"));
  ASSERT_EQ(site().subscription_count(), 1u);
  const Subscription& s = *site().all_subscriptions()[0];
  EXPECT_EQ(s.items.front().item_price_id, "team-USD-monthly");
  EXPECT_EQ(site().FindCustomer(s.customer_id)->email, "jane@example.com");
  EXPECT_EQ(site().events().back().source, "hosted_page");
  EXPECT_THAT(Get(thanks).body, HasSubstr("being prepared"));
  SubscriptionUpdate write;
  write.custom_fields["cf_domain"] = "a-b.example.com";
  ASSERT_TRUE(site().Update(s.id, write, {}));
  EXPECT_THAT(Get(thanks).body, HasSubstr("https://a-b.example.com"));
}

TEST_F(PagesTest, PayingTwiceBuysOnce) {
  const std::string checkout = Location(Get("/buy/team-USD-monthly"));
  EXPECT_EQ(Location(Pay(checkout, "4242424242424242")),
            Location(Pay(checkout, "4242424242424242")));
  EXPECT_EQ(site().subscription_count(), 1u);
}

TEST_F(PagesTest, BadCardsBuyNothing) {
  const std::string checkout = Location(Get("/buy/team-USD-monthly"));
  EXPECT_THAT(Pay(checkout, "4000000000000002").body, HasSubstr("declined"));
  EXPECT_EQ(Pay(checkout, "1234").status, 402);
  EXPECT_EQ(Pay(checkout, "4242424242424242", "no address").status, 402);
  EXPECT_EQ(site().subscription_count(), 0u);
  EXPECT_EQ(Get("/buy/no-such-plan").status, 404);
}

TEST_F(PagesTest, TheThirdCardFailsAtRenewal) {
  const std::string checkout = Location(Get("/buy/starter-USD-monthly"));
  Location(Pay(checkout, "4000 0000 0000 0341"));
  site().Advance(std::chrono::hours(24) * 32);
  EXPECT_TRUE(site().all_subscriptions()[0]->dunning);
}

TEST_F(PagesTest, AHostedPageKeepsWhatTheCallerSetAndGoesBack) {
  net::Response made = Api("POST", "/hosted_pages/checkout_new_for_items",
                           "subscription_items[item_price_id][0]=team-USD-monthly&"
                           "subscription[id]=mine&subscription[cf_domain]=w.example.com&"
                           "redirect_url=http%3A%2F%2Fshop.example.com%2Fdone");
  ASSERT_EQ(made.status, 200);
  const std::string id = site().hosted_pages().begin()->first;
  const std::string back = Location(Pay("/pages/v3/" + id + "/", "4242424242424242"));
  EXPECT_EQ(back, "http://shop.example.com/done?id=" + id + "&state=succeeded");
  EXPECT_EQ(site().FindSubscription("mine")->custom_fields.at("cf_domain"), "w.example.com");
  EXPECT_THAT(Api("GET", "/hosted_pages/" + id).body, HasSubstr(R"("state":"succeeded")"));
}

TEST_F(PagesTest, ThePortalShowsTheDomainAndChangesThings) {
  const Subscription* s = Buy();
  const std::string portal = OpenPortal(site(), s->customer_id);
  SubscriptionUpdate write;
  write.custom_fields["cf_domain"] = "a-b.example.com";
  ASSERT_TRUE(site().Update(s->id, write, {}));
  EXPECT_THAT(Get(portal).body, HasSubstr("a-b.example.com"));
  const std::string one = portal + "/subscriptions/" + s->id + "/";
  auto status_after = [&](const char* verb) {
    EXPECT_EQ(Location(PostForm(one + verb, "item_price_id=business-USD-monthly")), portal);
    return s->status;
  };
  EXPECT_EQ(status_after("plan"), SubscriptionStatus::kActive);
  EXPECT_EQ(s->items.front().item_price_id, "business-USD-monthly");
  EXPECT_EQ(status_after("pause"), SubscriptionStatus::kPaused);
  EXPECT_EQ(status_after("resume"), SubscriptionStatus::kActive);
  EXPECT_EQ(status_after("cancel-at-end"), SubscriptionStatus::kNonRenewing);
  EXPECT_EQ(status_after("keep"), SubscriptionStatus::kActive);
  EXPECT_EQ(status_after("cancel"), SubscriptionStatus::kCancelled);
  EXPECT_EQ(status_after("reactivate"), SubscriptionStatus::kActive);
  EXPECT_EQ(site().events().back().source, "portal");
}

TEST_F(PagesTest, ThePortalOpensFromASessionAndOnlyOnesOwn) {
  const Subscription* mine = Buy();
  const Subscription* other = Buy();
  net::Response session = Api("POST", "/portal_sessions", "customer[id]=" + mine->customer_id);
  const std::string token = site().portal_sessions().begin()->first;
  EXPECT_THAT(session.body, HasSubstr("/portal/v2/authenticate?token=" + token));
  const std::string portal = Location(Get("/portal/v2/authenticate?token=" + token));
  EXPECT_THAT(Get(portal).body, HasSubstr(mine->id));
  EXPECT_THAT(Get(portal).body, Not(HasSubstr(other->id)));
  EXPECT_EQ(PostForm(portal + "/subscriptions/" + other->id + "/cancel", "").status, 404);
  EXPECT_EQ(other->status, SubscriptionStatus::kActive);
  EXPECT_EQ(Get("/portal/unknown-token").status, 404);
}

TEST_F(PagesTest, TheOutboxShowsMailsAndEscapesNames) {
  NewSubscription wanted;
  wanted.customer.first_name = "<b>Bob</b>";
  const Subscription* s = Buy(std::move(wanted));
  SubscriptionUpdate write;
  write.custom_fields["cf_domain"] = "https://a-b.example.com";
  ASSERT_TRUE(site().Update(s->id, write, {}));
  const std::string page = Get("/outbox").body;
  EXPECT_THAT(page, HasSubstr("Your application instance is provisioned!"));
  EXPECT_THAT(page, HasSubstr("href=\"https://a-b.example.com\""));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;Bob"));
  EXPECT_THAT(page, Not(HasSubstr("<b>Bob")));
}

TEST_F(PagesTest, TheConsoleListsAndTravels) {
  const Subscription* s = Buy({.trial_end = site().now() + 3600});
  EXPECT_THAT(Get("/console").body, HasSubstr(s->id));
  EXPECT_THAT(Get("/event-log").body, HasSubstr("subscription_created"));
  EXPECT_EQ(Get("/event-log/" + site().events().back().id).status, 200);
  EXPECT_EQ(Location(PostForm("/console/advance", "days=1")), "/console");
  EXPECT_EQ(s->status, SubscriptionStatus::kActive);
}

}  // namespace
}  // namespace kl::chargebee_sim
