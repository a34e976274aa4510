#include "sim/chargebee/api.h"

#include "sim/chargebee/simulator_fixture.h"

namespace kl::chargebee_sim {
namespace {

using testing::HasSubstr;
using testing::Not;

class ApiTest : public SimulatorFixture {
 protected:
  void SetUp() override { Start(); }

  std::string ErrorCode(const net::Response& response) {
    auto members = ParseFlatJson(response.body);
    return members ? (*members)["api_error_code"] : "no JSON: " + response.body;
  }
  std::string Member(const net::Response& response, const std::string& key) {
    auto members = ParseFlatJson(response.body);
    return members ? (*members)[key] : "";
  }
  std::size_t ListSize(const net::Response& response) {
    return ParseJsonArray(Member(response, "list")).value_or(std::vector<std::string>()).size();
  }
};

TEST_F(ApiTest, TheKeyIsTheUserAndThePasswordIsEmpty) {
  EXPECT_EQ(Api("GET", "/subscriptions").status, 200);
  for (const char* wrong : {"test_simulator_key:x", "other:", "test_simulator_key"}) {
    net::Request request = ApiRequest("GET", "/subscriptions");
    request.headers.Set("Authorization", "Basic " + Base64(wrong));
    net::Response refused = Send(std::move(request));
    EXPECT_EQ(refused.status, 401) << wrong;
    EXPECT_EQ(ErrorCode(refused), "api_authentication_failed");
  }
  EXPECT_EQ(Send({.target = "/api/v2/subscriptions"}).status, 401);
}

TEST_F(ApiTest, ASubscriptionComesWithItsCustomer) {
  const std::string id = Buy()->id;
  net::Response answer = Api("GET", "/subscriptions/" + id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(Member(answer, "subscription"), HasSubstr(id));
  EXPECT_THAT(Member(answer, "customer"), HasSubstr("jane@example.com"));
}

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
  const std::string id = Buy()->id;
  EXPECT_EQ(Api("POST", "/subscriptions/" + id + "/delete").status, 200);
  for (const std::string& path : {"/subscriptions/" + id, std::string("/subscriptions/none"),
                                  std::string("/customers/none"), std::string("/no/such/call")}) {
    net::Response answer = Api("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(ErrorCode(answer), "resource_not_found");
  }
  EXPECT_EQ(Api("DELETE", "/subscriptions/" + id).status, 405);
}

TEST_F(ApiTest, KeysMayBePercentEncodedAndListsWrittenEitherWay) {
  Buy({.id = "a"});
  Buy({.id = "b"});
  Buy({.id = "c"});
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions?id%5Bin%5D=%5B%22a%22%2C%22b%22%5D")), 2u);
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions?id[in]=['a',+'b']&limit=100")), 2u);
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions?status%5Bis%5D=active")), 3u);
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions?cf_domain[is]=nobody")), 3u);
}

TEST_F(ApiTest, PagesEndWithoutAnOffset) {
  for (int i = 0; i < 12; ++i) Buy();
  net::Response first = Api("GET", "/subscriptions");
  EXPECT_EQ(ListSize(first), 10u);
  const std::string offset = Member(first, "next_offset");
  ASSERT_FALSE(offset.empty());
  net::Response second = Api("GET", "/subscriptions?offset=" + net::PercentEncode(offset));
  EXPECT_EQ(ListSize(second), 2u);
  EXPECT_EQ(Member(second, "next_offset"), "");
  EXPECT_EQ(ErrorCode(Api("GET", "/subscriptions?limit=101")), "param_wrong_value");
  EXPECT_EQ(ErrorCode(Api("GET", "/subscriptions?offset=10")), "param_wrong_value");
}

TEST_F(ApiTest, DeletedOnesAreInTheListThatAsksForThem) {
  const std::string id = Buy()->id;
  EXPECT_EQ(Api("POST", "/subscriptions/" + id + "/delete").status, 200);
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions?id[is]=" + id)), 0u);
  EXPECT_THAT(Api("GET", "/subscriptions?include_deleted=true&id[is]=" + id).body,
              HasSubstr(R"("deleted":true)"));
}

TEST_F(ApiTest, TheDomainIsWrittenByOneField) {
  const Subscription* s = Buy();
  net::Response answer = Api("POST", "/subscriptions/" + s->id + "/update_for_items",
                             "cf_domain=https%3A%2F%2Fa-b.example.com");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(Member(answer, "subscription"), HasSubstr("https://a-b.example.com"));
  EXPECT_EQ(s->items.front().item_price_id, "starter-USD-monthly");
  EXPECT_EQ(s->api_writes, 1);
  EXPECT_EQ(simulator_->site().events().back().user, "full_access_key_v1");
}

TEST_F(ApiTest, AnUnregisteredFieldIsNamed) {
  Admin("settings", R"({"custom_fields":[]})");
  const std::string id = Buy()->id;
  net::Response answer = Api("POST", "/subscriptions/" + id + "/update_for_items", "cf_domain=x");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Member(answer, "param"), "cf_domain");
  EXPECT_EQ(Member(answer, "type"), "invalid_request");
}

TEST_F(ApiTest, UnknownOptionsChangeNothing) {
  const Subscription* s = Buy();
  for (const char* call :
       {"cancel_for_items?cancel_option=x", "pause?pause_option=billing_cycles"}) {
    EXPECT_EQ(Api("POST", "/subscriptions/" + s->id + "/" + call).status, 400) << call;
  }
  EXPECT_EQ(s->status, SubscriptionStatus::kActive);
}

TEST_F(ApiTest, IdempotencyKeysReplayAndProtect) {
  const Subscription* s = Buy();
  const std::string path = "/subscriptions/" + s->id + "/update_for_items";
  auto write = [&](const char* body) {
    net::Request request = ApiRequest("POST", path, body);
    request.headers.Set("chargebee-idempotency-key", "key-1");
    return Send(std::move(request));
  };
  net::Response first = write("cf_domain=one.example.com");
  EXPECT_FALSE(first.headers.Find("chargebee-idempotency-replayed"));
  net::Response second = write("cf_domain=one.example.com");
  EXPECT_EQ(second.headers.Find("chargebee-idempotency-replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(s->api_writes, 1);
  net::Response other = write("cf_domain=two.example.com");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(ErrorCode(other), "unable_to_process_request");
  EXPECT_EQ(s->custom_fields.at("cf_domain"), "one.example.com");
}

TEST_F(ApiTest, HeadersSuppressMailAndWebhook) {
  const Subscription* s = Buy();
  net::Request request = ApiRequest("POST", "/subscriptions/" + s->id + "/update_for_items",
                                    "cf_domain=a.example.com");
  request.headers.Set("chargebee-event-actions", "all-disabled");
  EXPECT_EQ(Send(std::move(request)).status, 200);
  EXPECT_TRUE(simulator_->site().outbox().empty());
  EXPECT_EQ(simulator_->site().events().back().webhook_status, "skipped");
}

TEST_F(ApiTest, TheRateLimitSaysWhenToComeBackUnlessToldNotTo) {
  Admin("settings", R"({"rate_limit":2})");
  EXPECT_EQ(Api("GET", "/events").status, 200);
  EXPECT_EQ(Api("GET", "/events").status, 200);
  net::Response refused = Api("GET", "/events");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(ErrorCode(refused), "api_request_limit_exceeded");
  auto wait = refused.headers.Find("Retry-After");
  ASSERT_TRUE(wait);
  EXPECT_GT(ParseNumber(*wait).value_or(0), 0);
  Admin("settings", R"({"retry_after_header":false})");
  EXPECT_FALSE(Api("GET", "/events").headers.Find("Retry-After"));
}

TEST_F(ApiTest, FaultsSpoilAnswers) {
  const std::string path = "/subscriptions/" + Buy()->id;
  struct Case {
    const char* fault;
    int status;
    const char* body;
  };
  for (const Case& c : {Case{R"({"answer":"429","retry_after":3,"times":1})", 429, "exceeded"},
                        Case{R"({"answer":"500","times":1})", 500, "internal_error"},
                        Case{R"({"answer":"html","times":1})", 503, "<html>"},
                        Case{R"({"answer":"wrong_key","times":1})", 401, "authentication"},
                        Case{R"({"answer":"other_site","times":1})", 404, "not_found"}}) {
    Admin("faults/api", c.fault);
    net::Response spoiled = Api("GET", path);
    EXPECT_EQ(spoiled.status, c.status) << c.fault;
    EXPECT_THAT(spoiled.body, HasSubstr(c.body));
    EXPECT_EQ(Api("GET", path).status, 200) << "still spoiled after " << c.fault;
  }
}

TEST_F(ApiTest, ALostAnswerMayStillHaveBeenCarriedOut) {
  const Subscription* s = Buy();
  Admin("faults/api", R"({"answer":"500","times":1,"after":true,"method":"POST"})");
  EXPECT_EQ(Api("POST", "/subscriptions/" + s->id + "/update_for_items", "cf_domain=x").status,
            500);
  EXPECT_EQ(s->custom_fields.at("cf_domain"), "x");
}

TEST_F(ApiTest, NoAnswerComes) {
  Admin("faults/api", R"({"answer":"timeout","times":1})");
  EXPECT_EQ(Send(ApiRequest("GET", "/events"), std::chrono::milliseconds(50)).status, 0);
  EXPECT_EQ(last_error_.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(simulator_->counters().by_status[0], 1);
}

TEST_F(ApiTest, EmptyListsAndOtherSitesHideEveryId) {
  const std::string id = Buy()->id;
  Admin("faults/api", R"({"answer":"empty_list"})");
  EXPECT_EQ(Api("GET", "/subscriptions").body, R"({"list":[]})");
  EXPECT_EQ(Api("GET", "/subscriptions/" + id).status, 200);
  Admin("faults/clear", "{}");
  Admin("faults/api", R"({"answer":"other_site"})");
  net::Response foreign = Api("GET", "/subscriptions");
  EXPECT_GT(ListSize(foreign), 0u);
  EXPECT_THAT(foreign.body, Not(HasSubstr(id)));
  EXPECT_EQ(Api("GET", "/subscriptions/" + id).status, 404);
}

TEST_F(ApiTest, ANewSubscriptionMayBeUnreadableForAWhile) {
  Admin("faults/reads", R"({"hidden_ms":3600000})");
  const std::string id = Buy()->id;
  EXPECT_EQ(Api("GET", "/subscriptions/" + id).status, 404);
  EXPECT_EQ(ListSize(Api("GET", "/subscriptions")), 0u);
  Admin("clock/advance", R"({"hours":2})");
  EXPECT_EQ(Api("GET", "/subscriptions/" + id).status, 200);
}

TEST_F(ApiTest, EntitlementsFollowPlanAndOverride) {
  const std::string path = "/subscriptions/" + Buy()->id;
  EXPECT_THAT(Api("GET", path + "/subscription_entitlements").body,
              HasSubstr(R"("feature_id":"volume_size")"));
  EXPECT_EQ(Api("POST", path + "/entitlement_overrides",
                "action=upsert&entitlement_overrides[feature_id][0]=volume_size"
                "&entitlement_overrides[value][0]=30Gi")
                .status,
            200);
  net::Response answer = Api("GET", path + "/subscription_entitlements");
  EXPECT_THAT(answer.body, HasSubstr(R"("value":"30Gi")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("is_overridden":true)"));
}

TEST_F(ApiTest, ACatalogueIsBuiltByCalls) {
  simulator_->site().options().catalog = Catalog{};
  EXPECT_EQ(Api("POST", "/item_families", "id=shop&name=Shop").status, 200);
  EXPECT_EQ(Api("POST", "/items", "id=pro&name=Pro&type=plan&item_family_id=nobody").status, 404);
  EXPECT_EQ(Api("POST", "/items", "id=pro&name=Pro&type=plan&item_family_id=shop").status, 200);
  EXPECT_EQ(Api("POST", "/items", "id=pro&name=Pro&type=plan&item_family_id=shop").status, 400);
  const std::string price = "id=pro-USD&name=Pro+monthly&item_id=pro&price=900";
  EXPECT_THAT(Api("POST", "/item_prices", price).body, HasSubstr(R"("param":"period")"));
  EXPECT_EQ(Api("POST", "/item_prices", price + "&period=1&period_unit=month").status, 200);
  EXPECT_THAT(Api("GET", "/item_prices").body, HasSubstr("pro-USD"));
  NewSubscription wanted;
  wanted.items.push_back({"pro-USD"});
  EXPECT_NE(Buy(std::move(wanted)), nullptr);
}

TEST_F(ApiTest, AFeatureEntitlesNobodyBeforeItIsActivated) {
  const std::string path = "/subscriptions/" + Buy()->id + "/subscription_entitlements";
  EXPECT_EQ(Api("POST", "/features", "id=seats&name=Seats&type=custom").status, 400);
  EXPECT_THAT(Api("POST", "/features", "id=seats&name=Seats&type=custom&levels[value][0]=5").body,
              HasSubstr(R"("status":"draft")"));
  EXPECT_EQ(Api("POST", "/entitlements",
                "action=upsert&entitlements[entity_id][0]=starter-USD-monthly"
                "&entitlements[entity_type][0]=plan_price&entitlements[feature_id][0]=seats"
                "&entitlements[value][0]=5")
                .status,
            200);
  EXPECT_THAT(Api("GET", path).body, Not(HasSubstr("seats")));
  EXPECT_EQ(Api("POST", "/features/seats/activate_command").status, 200);
  EXPECT_THAT(Api("GET", path).body, HasSubstr("seats"));
}

TEST_F(ApiTest, EndpointsAreConfiguredByCalls) {
  net::Response made = Api("POST", "/webhook_endpoints",
                           "name=ours&url=http%3A%2F%2F127.0.0.1%3A1%2F&basic_auth_username=u&"
                           "basic_auth_password=canary&enabled_events[0]=subscription_created");
  EXPECT_EQ(made.status, 200);
  EXPECT_THAT(made.body, HasSubstr("subscription_created"));
  EXPECT_THAT(made.body, Not(HasSubstr("canary")));
  const std::string id = simulator_->site().endpoints().at(0).id;
  EXPECT_EQ(Api("POST", "/webhook_endpoints/" + id, "disabled=true").status, 200);
  EXPECT_TRUE(simulator_->site().endpoints()[0].disabled);
  EXPECT_EQ(Api("POST", "/webhook_endpoints/" + id + "/delete").status, 200);
  EXPECT_TRUE(simulator_->site().endpoints().empty());
}

TEST_F(ApiTest, EveryCallIsCountedByRoute) {
  const std::string id = Buy()->id;
  Api("GET", "/subscriptions/" + id);
  Api("GET", "/subscriptions/none");
  EXPECT_EQ(simulator_->counters().by_route["GET /subscriptions/{}"], 2);
  EXPECT_EQ(simulator_->counters().by_status[404], 1);
  Admin("counters/reset", "{}");
  EXPECT_EQ(simulator_->counters().total, 0);
}

}  // namespace
}  // namespace kl::chargebee_sim
