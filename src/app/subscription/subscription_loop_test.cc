// When a pass reads, when it does not, and how often it tries: wishes, replays, conflicts, answers
// that are older than what is known.
#include "app/subscription/subscription_loop.h"

#include "app/app_fixture.h"
#include "app/intake/intake.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kPlans = R"(
x-kuberlogic-plans:
  small: {limits: {cpu: 250m, memory: 64Mi}}
services:
  web:
    image: example/web:1
    ports: ["8080"]
)";

struct SubscriptionLoopTest : AppFixture {
  SubscriptionLoopTest() : AppFixture(kPlans) {}
  void SetUp() override { subscription_loop.Start({}); }

  static testing::FakeProvider::Edit Plan(std::string price) {
    return [price](BillingSubscription& s) { s.items = {{.price_id = price, .is_plan = true}}; };
  }
  void Deliver() {
    ASSERT_TRUE(loop.Run(hints.Add(provider.events().back().hints)));
    loop.RunFor(seconds(1));
  }
  void Order(const std::string& id, const std::string& plan = "small") {
    Buy(id, Plan(plan));
    Deliver();
  }
  void Become(const std::string& id, BillingState state, const std::string& word) {
    provider.Change(id, "subscription_changed", [&](BillingSubscription& s) {
      s.state = state;
      s.raw_status = word;
    });
    Deliver();
  }
  Service ServiceOf(const std::string& id) const {
    return services.objects().at(Stored(id).status.service);
  }
  void Answers(const std::string& id) {
    Service service = ServiceOf(id);
    service.status.answered = true;
    service.status.endpoint = EndpointOf(settings, service.spec);
    ASSERT_TRUE(loop.Run(services.PutStatus(service)));
    loop.RunFor(seconds(1));
  }
  // What Services::Add leaves for a service that names a subscription.
  Service MakeByHand(const std::string& name, const std::string& id) {
    Subscription record = RecordOf(id);
    if (subscriptions.objects().contains(record.meta.name)) record = Stored(id);
    record.status.service = name;
    record.status.service_uid = "u1";
    NameClaim claim;
    claim.meta.name = name;
    claim.spec = {.subscription = ToString(record.spec.key), .service_uid = "u1"};
    Service service;
    service.meta.name = name;
    service.meta.uid = "u1";
    service.spec = {.type = "app",
                    .template_digest = templates.Current("app")->digest().str(),
                    .subscription = ToString(record.spec.key),
                    .domain = name + ".apps.localhost"};
    EXPECT_TRUE(record.meta.version == 0 ? loop.Run(subscriptions.PutSpec(record))
                                         : loop.Run(subscriptions.PutStatus(record)));
    EXPECT_TRUE(loop.Run(names.PutSpec(claim)));
    const auto made = loop.Run(services.PutSpec(service));
    EXPECT_TRUE(made) << testing::MessageOf(made);
    loop.RunFor(seconds(1));
    return *made;
  }
  std::size_t Writes() const { return provider.effective_writes().size(); }

  SubscriptionLoop subscription_loop{{loop, random, records, hints, provider, provider, services,
                                      templates, marks, timeline, settings}};
  IntakeService intake{loop, webhook, hints, history};
};

TEST_F(SubscriptionLoopTest, ASyncWhileAPassIsAtItsEndReadsAgain) {
  Order("Sub1");
  int before = 0;
  gate.hook = [&](std::string_view call, testing::CallGate::Moment moment) {
    if (call == "hints.done" && moment == testing::CallGate::Moment::kBefore) {
      gate.hook = nullptr;
      before = provider.calls("read");
      EXPECT_TRUE(loop.Run(subscription_loop.Sync(RecordOf("Sub1").meta.name, {})));
    }
    return true;
  };
  provider.Change("Sub1", "subscription_changed", [](BillingSubscription&) {});
  Deliver();
  ASSERT_GT(before, 0) << "the wish came within the pass";
  EXPECT_EQ(provider.calls("read"), before + 1);
  EXPECT_EQ(subscription_loop.in_flight(), 0u);
}

TEST_F(SubscriptionLoopTest, AnEventDeliveredManyTimesCostsNoPatienceWithAListThatLags) {
  Order("Sub1");
  loop.RunFor(minutes(1));
  provider.faults.lag = 1;  // for ten seconds
  provider.Change("Sub1", "subscription_changed", Plan("large"));
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(loop.Run(hints.Add(provider.events().back().hints)));
    loop.RunFor(Duration(200));
  }
  loop.RunFor(minutes(1));
  EXPECT_EQ(Stored("Sub1").status.observed->version, provider.Truth("Sub1")->version);
  EXPECT_EQ(hints.size(), 0u);
}

TEST_F(SubscriptionLoopTest, ASyncIsOneRead) {
  Order("Sub1");
  const int before = provider.calls();
  ASSERT_TRUE(loop.Run(subscription_loop.Sync(RecordOf("Sub1").meta.name, {})));
  loop.RunFor(minutes(1));
  EXPECT_EQ(provider.calls(), before + 1);
}

TEST_F(SubscriptionLoopTest, AConflictThatLastsBacksOff) {
  Order("Sub1");
  const Service lost = ServiceOf("Sub1");
  ASSERT_TRUE(loop.Run(services.Remove(lost.meta.name, lost.meta.version)));
  NameClaim claim = names.objects().at(lost.meta.name);
  claim.spec.subscription = "fake/main/Another";
  ASSERT_TRUE(loop.Run(names.PutSpec(claim)));
  int tries = 0;
  gate.hook = [&tries](std::string_view call, testing::CallGate::Moment moment) {
    tries += call == "provider.read" && moment == testing::CallGate::Moment::kBefore;
    return true;
  };
  provider.Change("Sub1", "subscription_changed", [](BillingSubscription&) {});
  Deliver();
  loop.RunFor(minutes(5));
  EXPECT_GT(tries, 1);
  EXPECT_LT(tries, 20);
}

TEST_F(SubscriptionLoopTest, AConflictThatPassesIsTriedAgainAtOnce) {
  gate.hook = [this](std::string_view call, testing::CallGate::Moment moment) {
    if (call == "store.put_spec" && moment == testing::CallGate::Moment::kBefore) {
      gate.hook = nullptr;
      EXPECT_TRUE(loop.Run(subscriptions.PutSpec(RecordOf("Sub1"))));
    }
    return true;
  };
  Order("Sub1");
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(SubscriptionLoopTest, ReadsOlderThanWhatIsKnownAreAskedForEverMoreSeldom) {
  Order("Sub1");
  // As after the provider's site was restored: what was decided on is of the future.
  Subscription record = Stored("Sub1");
  record.status.observed->version += 10 * 60 * 1000;
  ASSERT_TRUE(loop.Run(subscriptions.PutStatus(record)));
  loop.RunFor(seconds(11));
  const int before = provider.calls("read");
  Answers("Sub1");
  loop.RunFor(minutes(5));
  EXPECT_GT(provider.calls("read"), before + 3);
  EXPECT_LT(provider.calls("read"), before + 20);
  EXPECT_EQ(Writes(), 0u) << "what is known may be the truth";
  loop.RunFor(minutes(6));
  provider.Change("Sub1", "subscription_changed", [](BillingSubscription&) {});
  Deliver();
  EXPECT_EQ(Writes(), 1u);
  EXPECT_EQ(subscription_loop.in_flight(), 0u);
}

TEST_F(SubscriptionLoopTest, AReplayedEventWakesASubscriptionThatBacksOff) {
  Buy("Sub1", Plan("small"));
  provider.faults.wrong_key = true;
  const std::string body = testing::FakeIntake::BodyOf(provider.events().back());
  ASSERT_TRUE(loop.Run(intake.Receive(testing::FakeIntake::Headers(), intake.Path(), body)));
  loop.RunFor(seconds(1));
  ASSERT_TRUE(services.objects().empty());
  provider.faults.wrong_key = false;
  loop.RunFor(seconds(1));
  ASSERT_TRUE(services.objects().empty()) << "it waits after a refusal";
  ASSERT_TRUE(loop.Run(intake.Replay(Kept("events").front())));
  loop.RunFor(seconds(1));
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(SubscriptionLoopTest, AChangeScheduledSinceTheReadIsSeenThoughItsEventIsLost) {
  Order("Sub1");
  provider.Schedule("Sub1", Plan("large"));
  Answers("Sub1");
  EXPECT_EQ(provider.lost_schedules(), 0);
  EXPECT_EQ(Writes(), 0u);
  EXPECT_EQ(Stored("Sub1").status.publication.reason, reason::kScheduledChanges);
}

// The known limit of docs/promises.md.
TEST_F(SubscriptionLoopTest, AmongManyOrdersAReadStandsForTenSeconds) {
  Order("Sub1");
  for (int i = 2; i <= 9; ++i) {
    Buy("Sub" + std::to_string(i), Plan("small"));
    ASSERT_TRUE(loop.Run(hints.Add(provider.events().back().hints)));
  }
  loop.RunFor(seconds(1));
  provider.Schedule("Sub1", Plan("large"));
  const int before = provider.calls("read");
  Answers("Sub1");
  EXPECT_EQ(provider.calls("read"), before);
  EXPECT_EQ(provider.lost_schedules(), 1);
  loop.RunFor(seconds(11));
  provider.Schedule("Sub2", Plan("large"));
  Answers("Sub2");
  EXPECT_EQ(provider.lost_schedules(), 1) << "an older read does not";
}

TEST_F(SubscriptionLoopTest, AServiceMadeByHandForAPlanNobodyNamesFollowsItsSubscription) {
  Order("Sub1", "unheard-of");
  ASSERT_TRUE(services.objects().empty());
  MakeByHand("my-shop", "Sub1");
  Answers("Sub1");
  EXPECT_EQ(Writes(), 1u);
  Become("Sub1", BillingState::kCancelled, "cancelled");
  EXPECT_EQ(ServiceOf("Sub1").spec.suspensions.size(), 1u);
  Become("Sub1", BillingState::kActive, "active");
  EXPECT_TRUE(ServiceOf("Sub1").spec.suspensions.empty());
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(SubscriptionLoopTest, AServiceMadeByHandBecomesTheOrdersWhenItsPlanIsNamed) {
  Order("Sub1", "unheard-of");
  const Service made = MakeByHand("my-shop", "Sub1");
  provider.Change("Sub1", "subscription_changed", Plan("small"));
  Deliver();
  ASSERT_EQ(services.objects().size(), 1u);
  EXPECT_EQ(ServiceOf("Sub1").meta.uid, made.meta.uid);
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.cpu->text(), "250m");
}

TEST_F(SubscriptionLoopTest, ASubscriptionNobodyHasReadIsReadForAServiceMadeByHand) {
  Buy("Sub1", Plan("small"));  // and its event is lost
  MakeByHand("my-shop", "Sub1");
  ASSERT_TRUE(Stored("Sub1").status.observed);
  EXPECT_EQ(ServiceOf("Sub1").spec.plan, "small");
}

TEST_F(SubscriptionLoopTest, ASubscriptionTheProviderDoesNotKnowIsNotAskedForWithEveryChange) {
  MakeByHand("my-shop", "Typo");
  loop.RunFor(minutes(1));
  const int before = provider.calls();
  for (int i = 0; i < 10; ++i) Answers("Typo");
  EXPECT_EQ(provider.calls(), before);
}

}  // namespace
}  // namespace kl::app
