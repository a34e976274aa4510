#include "adapters/billing_chargebee/wire.h"

#include <gtest/gtest.h>

namespace kl::chargebee {
namespace {

const WireContext kContext{"acme-test", "cf_domain"};

std::string EventText(const std::string& type, const std::string& content) {
  return R"({"id":"ev_1","occurred_at":1767225600,"source":"api","object":"event",)"
         R"("api_version":"v2","event_type":")" +
         type + R"(","content":)" + content + "}";
}

constexpr char kSubscriptionContent[] =
    R"({"subscription":{"id":"AzZ","status":"active","resource_version":1767225600123},)"
    R"("customer":{"id":"c1"}})";

// --- events

TEST(ParseEvent, EverySubscriptionEventHintsAtItsSubscriptionWithTheVersionAsFloor) {
  for (const char* type : {"created",
                           "created_with_backdating",
                           "started",
                           "trial_end_reminder",
                           "trial_extended",
                           "activated",
                           "activated_with_backdating",
                           "changed",
                           "changed_with_backdating",
                           "changes_scheduled",
                           "scheduled_changes_removed",
                           "cancellation_scheduled",
                           "scheduled_cancellation_removed",
                           "cancellation_reminder",
                           "cancelled",
                           "canceled_with_backdating",
                           "reactivated",
                           "reactivated_with_backdating",
                           "renewed",
                           "items_renewed",
                           "renewal_reminder",
                           "pause_scheduled",
                           "scheduled_pause_removed",
                           "paused",
                           "resumption_scheduled",
                           "scheduled_resumption_removed",
                           "resumed",
                           "deleted",
                           "moved_in",
                           "moved_out",
                           "movement_failed",
                           "business_entity_changed",
                           "shipping_address_updated",
                           "ramp_created",
                           "ramp_applied",
                           "a_type_of_next_year"}) {
    const std::string whole = "subscription_" + std::string(type);
    auto event = ParseEvent(EventText(whole, kSubscriptionContent), "acme-test");
    ASSERT_TRUE(event) << type << ": " << event.error().message;
    EXPECT_TRUE(event->relevant) << type;
    ASSERT_EQ(event->hints.size(), 1u) << type;
    const Hint& hint = event->hints[0];
    EXPECT_EQ(hint.kind, HintKind::kSubscription);
    EXPECT_EQ(hint.provider, "chargebee");
    EXPECT_EQ(hint.site, "acme-test");
    EXPECT_EQ(hint.id, "AzZ");
    EXPECT_EQ(hint.version, 1767225600123);
    EXPECT_FALSE(hint.entitlements) << type;
    EXPECT_EQ(hint.event_id, "ev_1");
    EXPECT_EQ(hint.event_type, whole);
    EXPECT_EQ(hint.occurred, WallTime(std::chrono::seconds(1767225600)));
  }
}

TEST(ParseEvent, EntitlementsOfOneSubscriptionAreToBeReadAgain) {
  for (const char* word : {"created", "updated"}) {
    const std::string type = "subscription_entitlements_" + std::string(word);
    auto event = ParseEvent(
        EventText(type, "{\"" + type + R"(_detail":{"subscription_id":"AzZ","has_next":false}})"),
        "acme-test");
    ASSERT_TRUE(event);
    ASSERT_EQ(event->hints.size(), 1u) << type;
    EXPECT_EQ(event->hints[0].id, "AzZ");
    EXPECT_TRUE(event->hints[0].entitlements);
    EXPECT_EQ(event->hints[0].version, 0);
  }
}

TEST(ParseEvent, AnEntitlementOfAPlanHintsAtEverySubscriptionItNames) {
  const std::string content =
      R"({"impacted_subscription":{"count":2,"subscription_ids":["a","b"]}})";
  for (const char* type : {"item_entitlements_updated", "item_entitlements_removed",
                           "entitlement_overrides_updated", "entitlement_overrides_auto_removed",
                           "item_price_entitlements_updated", "feature_deactivated"}) {
    auto event = ParseEvent(EventText(type, content), "acme-test");
    ASSERT_TRUE(event);
    ASSERT_EQ(event->hints.size(), 2u) << type;
    EXPECT_EQ(event->hints[1].id, "b");
    EXPECT_TRUE(event->hints[1].entitlements);
  }
}

TEST(ParseEvent, AnIncompleteListOfSubscriptionsMeansAllOfThem) {
  for (const char* content :
       {R"({"impacted_subscription":{"count":200,"subscription_ids":["a","b"]}})", "{}"}) {
    auto event = ParseEvent(EventText("item_entitlements_updated", content), "acme-test");
    ASSERT_TRUE(event);
    ASSERT_EQ(event->hints.size(), 1u);
    EXPECT_EQ(event->hints[0].kind, HintKind::kEverything);
  }
}

TEST(ParseEvent, ADeletedCustomerHintsAtAllOfTheirs) {
  auto event =
      ParseEvent(EventText("customer_deleted", R"({"customer":{"id":"c1"}})"), "acme-test");
  ASSERT_TRUE(event);
  ASSERT_EQ(event->hints.size(), 1u);
  EXPECT_EQ(event->hints[0].kind, HintKind::kCustomer);
  EXPECT_EQ(event->hints[0].id, "c1");
}

TEST(ParseEvent, WhatMeansNothingHereIsKeptWithoutAHint) {
  for (const char* type : {"customer_created", "invoice_generated", "payment_failed", "mrr_updated",
                           "feature_created", "never_heard_of"}) {
    auto event = ParseEvent(EventText(type, "{}"), "acme-test");
    ASSERT_TRUE(event) << type;
    EXPECT_FALSE(event->relevant) << type;
    EXPECT_TRUE(event->hints.empty()) << type;
    EXPECT_FALSE(event->note.empty()) << type;
  }
}

TEST(ParseEvent, AnotherApiVersionIsKeptWithANoteAndNoHint) {
  auto event = ParseEvent(R"({"id":"ev_1","api_version":"v1","event_type":"subscription_created",)"
                          R"("content":{"subscription":{"id":"a"}}})",
                          "acme-test");
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->relevant);
  EXPECT_NE(event->note.find("v2"), std::string::npos);
}

TEST(ParseEvent, WhatIsNoEventSaysWhatIsMissing) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", ""},
      {"[]", ""},
      {"{\"id\":", ""},
      {R"({"event_type":"x","content":{}})", "id"},
      {R"({"id":1,"event_type":"x","content":{}})", "id"},
      {R"({"id":"e","content":{}})", "event_type"},
      {R"({"id":"e","event_type":["x"],"content":{}})", "event_type"},
      {R"({"id":"e","event_type":"x"})", "content"},
      {R"({"id":"e","event_type":"x","content":"y"})", "content"}};
  for (const auto& [text, field] : wrong) {
    auto event = ParseEvent(text, "acme-test");
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().kind, ErrorKind::kInvalid) << text;
    EXPECT_EQ(event.error().field, field) << text;
  }
  const std::string long_id(101, 'x');
  EXPECT_FALSE(ParseEvent("{\"id\":\"" + long_id + R"(","event_type":"x","content":{}})", "s"));
  EXPECT_FALSE(ParseEvent(std::string(100, '[') + std::string(100, ']'), "s"));
}

TEST(ParseEvent, WrongTypesInsideTheContentLeaveNoHint) {
  for (const char* content : {R"({"subscription":[]})", R"({"subscription":{"id":7}})", "{}"}) {
    auto event = ParseEvent(EventText("subscription_changed", content), "acme-test");
    ASSERT_TRUE(event) << content;
    EXPECT_FALSE(event->relevant) << content;
  }
}

TEST(ParseEvent, WhatCannotBeAnIdLeavesNoHint) {
  for (const std::string& id :
       {std::string(101, 'x'), std::string(8192, 'x'), std::string("a\\u0001"), std::string("a\\n"),
        std::string("\\u007f")}) {
    auto event = ParseEvent(
        EventText("subscription_created", R"({"subscription":{"id":")" + id + "\"}}"), "acme-test");
    ASSERT_TRUE(event) << id;
    EXPECT_FALSE(event->relevant) << id;
    EXPECT_TRUE(event->hints.empty()) << id;
    EXPECT_NE(event->note.find("not an id"), std::string::npos);
  }
  const std::string impacted =
      R"({"impacted_subscription":{"count":2,"subscription_ids":["a","b\u0000"]}})";
  auto event = ParseEvent(EventText("item_entitlements_updated", impacted), "acme-test");
  ASSERT_TRUE(event);
  ASSERT_EQ(event->hints.size(), 1u);
  EXPECT_EQ(event->hints[0].id, "a");
  EXPECT_TRUE(event->relevant);
}

TEST(ParseEvents, AnEventThatCannotBeReadKeepsNoOtherBack) {
  const std::string good = EventText("subscription_created", kSubscriptionContent);
  const std::string deep = R"({"id":"deep","event_type":"x","content":{"a":)" +
                           std::string(40, '[') + std::string(40, ']') + "}}";
  const std::string long_id = std::string(300, 'i');
  for (const std::string& odd :
       {std::string(R"({"id":"odd","occurred_at":1767225700})"), deep, std::string("{}"),
        R"({"id":")" + long_id + R"(","event_type":"x","content":{}})"}) {
    auto page =
        ParseEvents(R"({"list":[{"event":)" + odd + R"(},{"event":)" + good + "}]}", "acme-test");
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->events.size(), 1u) << odd;
    EXPECT_EQ(page->bodies.size(), 1u);
    ASSERT_EQ(page->unreadable.size(), 1u);
    EXPECT_LE(page->unreadable[0].id.size(), 100u);
    EXPECT_FALSE(page->unreadable[0].why.empty());
  }
}

TEST(ParseEvents, PageCarriesEventsBodiesAndTheNextOffset) {
  auto page = ParseEvents(
      "{\"list\":[{\"event\":" + EventText("subscription_created", kSubscriptionContent) +
          R"(}],"next_offset":"[1,2]"})",
      "acme-test");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->events.size(), 1u);
  EXPECT_EQ(page->next_offset, "[1,2]");
  auto again = ParseEvent(page->bodies[0], "acme-test");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "ev_1");
  EXPECT_FALSE(ParseEvents(R"({"list":[{"evt":{}}]})", "s"));
  EXPECT_FALSE(ParseEvents("{}", "s"));
}

// --- subscriptions

Result<BillingSubscription> One(const std::string& fields) {
  return ParseSubscription(R"({"subscription":{"id":"AzZ",)" + fields +
                               R"(},"customer":{"id":"c1","email":"jane@example.com",)"
                               R"("first_name":"Jane","last_name":"Doe"}})",
                           kContext);
}

TEST(ParseSubscription, StatusWordsBecomeStates) {
  const std::pair<const char*, BillingState> words[] = {
      {"future", BillingState::kFuture},
      {"in_trial", BillingState::kTrial},
      {"active", BillingState::kActive},
      {"non_renewing", BillingState::kEnding},
      {"paused", BillingState::kPaused},
      {"cancelled", BillingState::kCancelled},
      {"transferred", BillingState::kTransferred},
      {"a_word_of_next_year", BillingState::kUnknown},
      {"", BillingState::kUnknown}};
  for (const auto& [word, state] : words) {
    auto read = One("\"status\":\"" + std::string(word) + "\"");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->state, state) << word;
    EXPECT_EQ(read->raw_status, word);
  }
  EXPECT_EQ(One("\"x\":1")->state, BillingState::kUnknown);
}

TEST(ParseSubscription, DeletedAndDecommissionedCountWhateverTheStatus) {
  EXPECT_EQ(One(R"("status":"in_trial","deleted":true)")->state, BillingState::kDeleted);
  EXPECT_EQ(One(R"("status":"active","decommissioned":true)")->state, BillingState::kDeleted);
  EXPECT_EQ(One(R"("status":"active","deleted":false)")->state, BillingState::kActive);
  EXPECT_EQ(One(R"("status":"active","deleted":"true")")->state, BillingState::kActive);
}

TEST(ParseSubscription, AllThatIsUsedIsRead) {
  auto read =
      One(R"("customer_id":"c1","status":"non_renewing","resource_version":1767225600123,)"
          R"("cancelled_at":1769904000,"has_scheduled_changes":true,"cf_domain":"a.example.com",)"
          R"("cf_team":"red","cf_number":3,"cf_empty":"","subscription_items":[)"
          R"({"item_price_id":"pro-USD-monthly","item_type":"plan","quantity":2},)"
          R"({"item_price_id":"seats","item_type":"addon"},"rubbish"])");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->key, (SubscriptionKey{"chargebee", "acme-test", "AzZ"}));
  EXPECT_EQ(read->customer_id, "c1");
  EXPECT_EQ(read->customer_email, "jane@example.com");
  EXPECT_EQ(read->customer_name, "Jane Doe");
  EXPECT_EQ(read->version, 1767225600123);
  EXPECT_EQ(read->ends_at, WallTime(std::chrono::seconds(1769904000)));
  EXPECT_TRUE(read->scheduled_changes);
  EXPECT_EQ(read->domain, "a.example.com");
  EXPECT_EQ(read->fields.at("cf_team"), "red");
  EXPECT_FALSE(read->fields.contains("cf_number"));
  EXPECT_FALSE(read->fields.contains("cf_domain"));
  ASSERT_EQ(read->items.size(), 2u);
  EXPECT_EQ(read->items[0],
            (BillingItem{.price_id = "pro-USD-monthly", .is_plan = true, .quantity = 2}));
  EXPECT_EQ(read->items[1], (BillingItem{.price_id = "seats", .quantity = 1}));
}

TEST(ParseSubscription, AbsentNullAndWrongOptionalAttributesAreNone) {
  for (const char* fields :
       {R"("status":"active")",
        R"("status":"active","cf_domain":null,"cancelled_at":null,"subscription_items":null)",
        R"("status":"active","cf_domain":5,"cancelled_at":"soon","subscription_items":{})"}) {
    auto read = One(fields);
    ASSERT_TRUE(read) << fields;
    EXPECT_FALSE(read->domain) << fields;
    EXPECT_FALSE(read->ends_at) << fields;
    EXPECT_TRUE(read->items.empty()) << fields;
    EXPECT_EQ(read->version, 0) << fields;
  }
  EXPECT_FALSE(One(R"("status":"active","cf_domain":"")")->domain);
  EXPECT_TRUE(
      ParseSubscription(R"({"subscription":{"id":"x"}})", kContext)->customer_email.empty());
}

TEST(ParseSubscription, ANameIsWhatThereIsOfIt) {
  const struct {
    const char* customer;
    const char* name;
  } cases[] = {{R"("first_name":"Jane","last_name":"Doe","company":"Acme")", "Jane Doe"},
               {R"("first_name":"Jane")", "Jane"},
               {R"("last_name":"Doe","first_name":null)", "Doe"},
               {R"("company":"Acme Ltd")", "Acme Ltd"},
               {R"("id":"c1")", ""}};
  for (const auto& each : cases) {
    const auto read = ParseSubscription(
        R"({"subscription":{"id":"x"},"customer":{)" + std::string(each.customer) + "}}", kContext);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->customer_name, each.name);
  }
}

TEST(ParseSubscription, WithoutAnIdItIsInvalid) {
  for (const char* text : {"{}", "[]", "", R"({"subscription":{}})", R"({"subscription":"x"})"}) {
    auto read = ParseSubscription(text, kContext);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kInvalid);
  }
}

TEST(ParseSubscriptions, AnEntryThatIsNoSubscriptionIsSaid) {
  EXPECT_TRUE(ParseSubscriptions(R"({"list":[]})", kContext)->items.empty());
  auto page =
      ParseSubscriptions(R"({"list":[{"subscription":{"id":"a"}},{"customer":{}}]})", kContext);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->unreadable.size(), 1u);
  EXPECT_FALSE(ParseSubscriptions(R"({"list":{}})", kContext));
}

TEST(ParseEntitlements, ValuesAreTextAndDisabledIsSaid) {
  auto page = ParseEntitlements(
      R"({"list":[{"subscription_entitlement":{"feature_id":"volume_size","value":"10",)"
      R"("is_enabled":true}},{"subscription_entitlement":{"feature_id":"sso","value":"true",)"
      R"("is_enabled":false}}],"next_offset":"o"})");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0], (Entitlement{"volume_size", "10", true}));
  EXPECT_EQ(page->items[1], (Entitlement{"sso", "true", false}));
  EXPECT_EQ(page->next_offset, "o");
  EXPECT_FALSE(ParseEntitlements("[]"));
}

}  // namespace
}  // namespace kl::chargebee
