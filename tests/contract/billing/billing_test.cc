// The Chargebee adapter as the ports promise it, against the simulator.
#include "adapters/billing_chargebee/chargebee.h"
#include "adapters/billing_chargebee/intake.h"
#include "sim/chargebee/simulator_fixture.h"

namespace kl::chargebee {
namespace {

namespace sim = chargebee_sim;
using Ids = std::vector<std::string>;

class BillingContract : public sim::SimulatorFixture {
 protected:
  void SetUp() override { Begin({}); }

  void Begin(sim::SimulatorOptions options) {
    Start(std::move(options));
    provider_ = MakeProvider("test_simulator_key");
  }
  std::unique_ptr<Chargebee> MakeProvider(const std::string& key, int rate = 0) {
    return std::make_unique<Chargebee>(loop_, Options{.site = "example-test",
                                                      .api_key = SecretString(key),
                                                      .api_url = simulator_->api_url(),
                                                      .rate_per_minute = rate,
                                                      .timeout = std::chrono::seconds(5)});
  }
  template <class T>
  T Run(Task<T> task) {
    return net::RunTaskToEnd(loop_, std::move(task));
  }
  Result<Provider::ReadAnswer> Read(Ids ids) {
    return Run(provider_->Read(std::move(ids), CallPriority::kHint));
  }
  Result<Provider::Written> Publish(const std::string& id, const std::string& value) {
    return Run(provider_->PublishDomain(id, value, "kl-" + id + value));
  }
  // All pages from `cursor` on; leaves the cursor to go on with.
  Ids DrainEvents(std::string& cursor) {
    Ids ids;
    for (bool more = true; more;) {
      auto page = Run(provider_->Changes(cursor));
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      for (const ParsedEvent& event : page->events) ids.push_back(event.id);
      cursor = page->cursor;
      more = page->more;
    }
    return ids;
  }
  Ids EventsOfSite() const {
    Ids ids;
    for (const sim::Event& event : simulator_->site().events()) ids.push_back(event.id);
    return ids;
  }

  std::unique_ptr<Chargebee> provider_;
};

TEST_F(BillingContract, HundredsOfSubscriptionsAreReadInFewCalls) {
  Ids ids;
  for (int i = 0; i < 250; ++i) ids.push_back(Buy({.id = "sub" + std::to_string(i)})->id);
  ids.push_back("nobody");
  auto answer = Read(ids);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->found.size(), 250u);
  EXPECT_EQ(answer->absent, Ids{"nobody"});
  EXPECT_LE(provider_->calls(), 4);
}

TEST_F(BillingContract, WhatWasBoughtIsRead) {
  const sim::Subscription* bought = Buy({.id = "Az-1"});
  auto answer = Read({"Az-1"});
  ASSERT_TRUE(answer);
  const BillingSubscription& read = answer->found.at(0);
  EXPECT_EQ(read.state, BillingState::kActive);
  EXPECT_EQ(read.customer_email, "jane@example.com");
  EXPECT_EQ(read.customer_name, "Jane Doe");
  EXPECT_EQ(read.customer_id, bought->customer_id);
  EXPECT_EQ(read.items.at(0).price_id, "starter-USD-monthly");
  EXPECT_TRUE(read.items.at(0).is_plan);
  EXPECT_FALSE(read.domain);
  EXPECT_GT(read.version, 1'600'000'000'000);
}

TEST_F(BillingContract, AnIdOfStrangeCharactersIsOneId) {
  Buy({.id = "a b&c=\"d/é"});
  auto answer = Read({"a b&c=\"d/é"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->found.size(), 1u);
}

TEST_F(BillingContract, ADeletedOneIsAbsentFromTheBatchAndConfirmedAsDeleted) {
  Buy({.id = "a"});
  ASSERT_TRUE(simulator_->site().Delete("a", {}));
  auto batch = Read({"a"});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->absent, Ids{"a"});
  auto confirmed = Run(provider_->Confirm("a"));
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->found.at(0).state, BillingState::kDeleted);
  EXPECT_EQ(Run(provider_->Confirm("never"))->absent, Ids{"never"});
}

TEST_F(BillingContract, EveryStatusOfALifeIsUnderstood) {
  sim::Site& site = simulator_->site();
  const auto state = [&](const std::string& id) { return Read({id})->found.at(0).state; };
  const sim::Seconds later = site.now() + 86400;
  Buy({.id = "future", .start_date = later});
  EXPECT_EQ(state("future"), BillingState::kFuture);
  Buy({.id = "trial", .trial_end = later});
  EXPECT_EQ(state("trial"), BillingState::kTrial);
  Buy({.id = "a"});
  ASSERT_TRUE(site.Cancel("a", {.when = sim::Cancellation::When::kEndOfTerm}, {}));
  EXPECT_EQ(state("a"), BillingState::kEnding);
  ASSERT_TRUE(site.RemoveScheduledCancellation("a", {}));
  EXPECT_EQ(state("a"), BillingState::kActive);
  ASSERT_TRUE(site.Pause("a", {}, {}));
  EXPECT_EQ(state("a"), BillingState::kPaused);
  ASSERT_TRUE(site.Resume("a", std::nullopt, {}));
  ASSERT_TRUE(site.Cancel("a", {}, {}));
  EXPECT_EQ(state("a"), BillingState::kCancelled);
  ASSERT_TRUE(site.Reactivate("a", std::nullopt, {}));
  EXPECT_EQ(state("a"), BillingState::kActive);
  ASSERT_TRUE(site.ShowStatus("a", "hibernating", {}));
  EXPECT_EQ(state("a"), BillingState::kUnknown);
}

TEST_F(BillingContract, TheDomainIsWrittenAndTheAnswerIsARead) {
  Buy({.id = "a"});
  const std::int64_t before = Read({"a"})->found.at(0).version;
  auto written = Publish("a", "https://magnetic-llama.example.com");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->after.domain, "https://magnetic-llama.example.com");
  EXPECT_GT(written->after.version, before);
  EXPECT_EQ(written->after, Read({"a"})->found.at(0));
  EXPECT_EQ(written->after.items.at(0).price_id, "starter-USD-monthly");
}

TEST_F(BillingContract, TheSameWriteRepeatedHappensOnce) {
  Buy({.id = "a"});
  ASSERT_TRUE(Publish("a", "https://x.example.com"));
  ASSERT_TRUE(Publish("a", "https://x.example.com"));
  EXPECT_EQ(simulator_->site().FindSubscription("a")->api_writes, 1);
}

TEST_F(BillingContract, AWriteWhoseAnswerWasLostIsFinishedByItsRetry) {
  Buy({.id = "a"});
  sim::ApiFault lost{.method = "POST", .times = 1, .after = true};
  simulator_->api_faults().Add(lost);
  auto first = Publish("a", "https://x.example.com");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kUnavailable);
  auto second = Publish("a", "https://x.example.com");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->after.domain, "https://x.example.com");
  EXPECT_EQ(simulator_->site().FindSubscription("a")->api_writes, 1);
}

TEST_F(BillingContract, AChangeMadeJustBeforeTheWriteIsInItsAnswer) {
  Buy({.id = "a"});
  simulator_->races()["a"] = {.item_price_id = "team-USD-monthly"};
  auto written = Publish("a", "https://x.example.com");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->after.items.at(0).price_id, "team-USD-monthly");
}

TEST_F(BillingContract, ACustomFieldTheVendorForgotIsNamed) {
  simulator_->site().options().custom_fields.clear();
  Buy({.id = "a"});
  auto written = Publish("a", "https://x.example.com");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(written.error().field, "domain");
}

TEST_F(BillingContract, AnUnknownSubscriptionCannotBeWritten) {
  auto written = Publish("nobody", "https://x.example.com");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kNotFound);
}

TEST_F(BillingContract, ScheduledChangesAreSeenBeforeAWriteWouldDeleteThem) {
  Buy({.id = "a"});
  sim::SubscriptionUpdate change{.items = {{"team-USD-monthly"}}, .end_of_term = true};
  ASSERT_TRUE(simulator_->site().Update("a", change, {}));
  EXPECT_TRUE(Read({"a"})->found.at(0).scheduled_changes);
}

TEST_F(BillingContract, EveryFaultHasItsKind) {
  const struct {
    sim::ApiFault fault;
    ErrorKind kind;
  } table[] = {
      {{.answer = sim::BadAnswer::kRateLimited, .retry_after = 3}, ErrorKind::kRateLimited},
      {{.answer = sim::BadAnswer::kServerError}, ErrorKind::kUnavailable},
      {{.answer = sim::BadAnswer::kHtml}, ErrorKind::kUnavailable},
      {{.answer = sim::BadAnswer::kWrongKey}, ErrorKind::kUnauthenticated}};
  Buy({.id = "a"});
  for (const auto& row : table) {
    provider_ = MakeProvider("test_simulator_key");
    simulator_->api_faults().Clear();
    simulator_->api_faults().Add(row.fault);
    auto answer = Read({"a"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, row.kind) << answer.error().message;
    if (row.fault.retry_after) {
      EXPECT_EQ(answer.error().retry_after, Duration(std::chrono::seconds(3)));
    }
  }
}

TEST_F(BillingContract, AWrongKeyIsUnauthenticatedAndIsNotRepeatedInTheError) {
  provider_ = MakeProvider("wrong_key_123");
  auto answer = Read({"a"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_EQ(answer.error().message.find("wrong_key_123"), std::string::npos);
}

TEST_F(BillingContract, AnEmptyListAndAnotherSiteMakeIdsAbsentNotDeleted) {
  Buy({.id = "a"});
  for (sim::BadAnswer bad : {sim::BadAnswer::kEmptyList, sim::BadAnswer::kOtherSite}) {
    simulator_->api_faults().Clear();
    simulator_->api_faults().Add({.answer = bad});
    auto answer = Read({"a"});
    ASSERT_TRUE(answer) << sim::BadAnswerName(bad);
    EXPECT_EQ(answer->absent, Ids{"a"});
    EXPECT_TRUE(answer->found.empty());
  }
}

TEST_F(BillingContract, TheBudgetKeepsWithinTheSitesLimit) {
  simulator_->rate_limit().Set(20);
  provider_ = MakeProvider("test_simulator_key", 20);
  Buy({.id = "a"});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Read({"a"})) << i;
  EXPECT_EQ(simulator_->counters().by_status.count(429), 0u);
}

TEST_F(BillingContract, EntitlementsAreThoseOfPlanAndOverride) {
  Buy({.id = "a"});
  auto all = Run(provider_->Entitlements("a"));
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_FALSE(all->empty());
  for (const Entitlement& one : *all) EXPECT_FALSE(one.feature.empty());
}

TEST_F(BillingContract, ASweepSeesEverySubscriptionOnceDeletedOnesToo) {
  for (int i = 0; i < 230; ++i) Buy({.id = "s" + std::to_string(i)});
  ASSERT_TRUE(simulator_->site().Delete("s7", {}));
  std::map<std::string, int> seen;
  std::string cursor;
  do {
    auto page = Run(provider_->Sweep(cursor));
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& subscription : page->subscriptions) ++seen[subscription.key.id];
    cursor = page->cursor;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 230u);
  for (const auto& [id, count] : seen) EXPECT_EQ(count, 1) << id;
}

TEST_F(BillingContract, ACustomersSubscriptionsAreFound) {
  const std::string customer = Buy({.id = "a"})->customer_id;
  Buy({.id = "b", .customer_id = customer});
  Buy({.id = "c"});
  ASSERT_TRUE(simulator_->site().Delete("b", {}));
  auto ids = Run(provider_->OfCustomer(customer));
  ASSERT_TRUE(ids) << ids.error().message;
  std::sort(ids->begin(), ids->end());
  EXPECT_EQ(*ids, (Ids{"a", "b"}));
}

TEST_F(BillingContract, EveryEventIsHandedOutOnceInOrder) {
  std::string cursor;
  EXPECT_TRUE(DrainEvents(cursor).empty());
  for (int i = 0; i < 60; ++i) Buy({.id = "s" + std::to_string(i)});
  Ids heard = DrainEvents(cursor);
  EXPECT_EQ(heard, EventsOfSite());
  EXPECT_TRUE(DrainEvents(cursor).empty());
  Buy({.id = "later"});
  for (const std::string& id : DrainEvents(cursor)) heard.push_back(id);
  EXPECT_EQ(heard, EventsOfSite());
}

TEST_F(BillingContract, EventsThatCouldNotBeStoredComeAgain) {
  std::string stored;
  DrainEvents(stored);
  Buy({.id = "a"});
  std::string lost = stored;
  const Ids first = DrainEvents(lost);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(DrainEvents(stored), first);
}

TEST_F(BillingContract, ANewProcessGoesOnFromTheStoredCursorAndLosesNothing) {
  std::string cursor;
  DrainEvents(cursor);
  Buy({.id = "a"});
  DrainEvents(cursor);
  Buy({.id = "b"});
  const Ids all = EventsOfSite();
  provider_ = MakeProvider("test_simulator_key");
  const Ids heard = DrainEvents(cursor);
  // What falls into the overlap may come again; what is new must come.
  EXPECT_EQ(std::count(heard.begin(), heard.end(), all.back()), 1);
}

TEST_F(BillingContract, WebhooksOfTheSiteAreVerifiedAndUnderstood) {
  const Options options{
      .site = "example-test", .webhook_user = "hook", .webhook_password = SecretString("s3cret")};
  simulator_->site().endpoints().push_back(
      {.url = Receiver() + "/chargebee-webhook", .user = "hook", .password = "s3cret"});
  Buy({.id = "a"});
  WaitForDeliveries(simulator_->site().events().size());
  const ChargebeeIntake intake(options);
  int hints = 0;
  for (const Delivery& delivery : deliveries_) {
    EXPECT_TRUE(intake.Verify({{"Authorization", delivery.authorization}}, delivery.target, ""));
    auto event = intake.Parse(delivery.body);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->id, delivery.event_id);
    for (const Hint& hint : event->hints) hints += hint.id == "a";
  }
  EXPECT_GE(hints, 1);
}

TEST_F(BillingContract, LinksLeadToTheProvidersPages) {
  auto checkout = Run(provider_->Checkout("starter-USD-monthly"));
  ASSERT_TRUE(checkout) << checkout.error().message;
  EXPECT_TRUE(checkout->starts_with(simulator_->url()));
  auto portal = Run(provider_->Portal(Buy()->customer_id));
  ASSERT_TRUE(portal) << portal.error().message;
  EXPECT_TRUE(portal->starts_with(simulator_->url()));
  EXPECT_FALSE(Run(provider_->Checkout("no-such-plan")));
}

}  // namespace
}  // namespace kl::chargebee
