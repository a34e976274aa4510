// What a pass of the subscription loop makes of a read: the instance's record, its suspensions, the
// gate, the publication.
#include "app/app_fixture.h"
#include "app/subscription/subscription_loop.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kPlans = R"(
x-kuberlogic-plans:
  small: {limits: {cpu: 250m, memory: 64Mi, storage: 1Gi}}
  large: {limits: {cpu: 500m, memory: 128Mi, storage: 2Gi}}
x-kuberlogic-parameters:
  seats: {type: integer, default: 1, min: 1, max: 10}
services:
  web:
    image: example/web:1
    ports: ["8080"]
    volumes: ["data:/data"]
    environment:
      SEATS: "{{ .Parameters.seats }}"
volumes:
  data:
)";

struct SettleTest : AppFixture {
  SettleTest() : AppFixture(kPlans) {}
  void SetUp() override { subscription_loop.Start({}); }

  static testing::FakeProvider::Edit State(BillingState state, std::string word) {
    return [state, word](BillingSubscription& s) {
      s.state = state;
      s.raw_status = word;
    };
  }
  static testing::FakeProvider::Edit Plan(std::string price) {
    return [price](BillingSubscription& s) { s.items = {{.price_id = price, .is_plan = true}}; };
  }
  // The newest event's hint arrives, and all that follows from it happens.
  void Deliver() {
    ASSERT_TRUE(loop.Run(hints.Add(provider.events().back().hints)));
    loop.RunFor(seconds(1));
  }
  void Order(const std::string& id, const std::string& plan = "small") {
    Buy(id, Plan(plan));
    Deliver();
  }
  void Become(const std::string& id, BillingState state, const std::string& word) {
    provider.Change(id, "subscription_changed", State(state, word));
    Deliver();
  }
  Service ServiceOf(const std::string& id) const {
    return services.objects().at(Stored(id).status.service);
  }
  void EditService(const std::string& id, const std::function<void(Service::Spec&)>& edit) {
    Service service = ServiceOf(id);
    edit(service.spec);
    ASSERT_TRUE(loop.Run(services.PutSpec(service)));
    loop.RunFor(seconds(1));
  }
  void Answers(const std::string& id) {
    Service service = ServiceOf(id);
    service.status.answered = true;
    service.status.endpoint = EndpointOf(settings, service.spec);
    ASSERT_TRUE(loop.Run(services.PutStatus(service)));
    loop.RunFor(seconds(1));
  }
  std::string MatchedReason(const std::string& id) const {
    const Subscription record = Stored(id);
    const Condition* matched = FindCondition(record.status.conditions, condition::kMatched);
    return matched ? matched->reason : "";
  }
  std::vector<SuspensionReason> Suspended(const std::string& id) const {
    std::vector<SuspensionReason> reasons;
    for (const Suspension& each : ServiceOf(id).spec.suspensions) reasons.push_back(each.reason);
    return reasons;
  }
  Site::Status Mark() const { return sites.objects().begin()->second.status; }

  SubscriptionLoop subscription_loop{{loop, random, records, hints, provider, provider, services,
                                      templates, marks, timeline, settings}};
};

TEST_F(SettleTest, APaidSubscriptionGetsWhatItsPlanSays) {
  Order("Sub1");
  EXPECT_EQ(MatchedReason("Sub1"), reason::kMatchedPlan);
  const Service service = ServiceOf("Sub1");
  EXPECT_EQ(service.spec.plan, "small");
  EXPECT_EQ(service.spec.limits.cpu->text(), "250m");
  EXPECT_EQ(service.spec.advanced.at("seats"), Value(1));
  EXPECT_TRUE(service.spec.suspensions.empty());
  EXPECT_EQ(hints.size(), 0u) << "the hint is put away";
}

TEST_F(SettleTest, AnotherPlanMovesOnlyWhatItDerives) {
  Order("Sub1");
  const Service before = ServiceOf("Sub1");
  provider.Change("Sub1", "subscription_changed", Plan("large"));
  Deliver();
  const Service after = ServiceOf("Sub1");
  EXPECT_EQ(after.spec.limits.cpu->text(), "500m");
  EXPECT_EQ(after.spec.limits.storage->text(), "2Gi");
  EXPECT_EQ(after.meta.uid, before.meta.uid);
  EXPECT_EQ(after.spec.domain, before.spec.domain);
}

TEST_F(SettleTest, AnOperatorsValueStandsUntilTheDerivedOneMoves) {
  Order("Sub1");
  EditService("Sub1", [](Service::Spec& spec) {
    spec.limits.cpu = Quantity::FromMillis(900);
    spec.limits.memory = Quantity::FromBytes(256 << 20);
    spec.overridden = {"limits.cpu"};
  });
  Become("Sub1", BillingState::kEnding, "non_renewing");
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.cpu->text(), "900m");
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.memory->text(), "256Mi") << "nothing derived has moved";
  provider.Change("Sub1", "subscription_changed", Plan("large"));
  Deliver();
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.cpu->text(), "900m") << "held by an operator";
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.memory->text(), "128Mi");
}

TEST_F(SettleTest, APlanNobodyNamesIsCountedOnceAndMakesNothing) {
  Order("Sub1", "unheard-of");
  EXPECT_EQ(MatchedReason("Sub1"), reason::kUnmatched);
  EXPECT_TRUE(services.objects().empty());
  EXPECT_EQ(Mark().unmatched.at("unheard-of"), 1);
  provider.Change("Sub1", "subscription_changed", [](BillingSubscription&) {});
  Deliver();
  EXPECT_EQ(Mark().unmatched.at("unheard-of"), 1);
  provider.Change("Sub1", "subscription_changed", Plan("small"));
  Deliver();
  EXPECT_EQ(MatchedReason("Sub1"), reason::kMatchedPlan);
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(SettleTest, AnIgnoredPlanIsNotCounted) {
  settings.ignored_plans = {"legacy"};
  Order("Sub1", "legacy");
  EXPECT_EQ(MatchedReason("Sub1"), reason::kUnmatched);
  EXPECT_TRUE(sites.objects().empty() || Mark().unmatched.empty());
  EXPECT_TRUE(services.objects().empty());
}

TEST_F(SettleTest, AValueTheTemplateRefusesLeavesTheInstanceAsItWas) {
  Order("Sub1");
  const Service before = ServiceOf("Sub1");
  provider.SetEntitlements("Sub1", {{.feature = "seats", .value = "eleven thousand"}});
  Deliver();
  EXPECT_EQ(MatchedReason("Sub1"), reason::kParameterInvalid);
  EXPECT_EQ(ServiceOf("Sub1").spec, before.spec);
  provider.SetEntitlements("Sub1", {{.feature = "seats", .value = "7"}});
  Deliver();
  EXPECT_EQ(MatchedReason("Sub1"), reason::kMatchedPlan);
  EXPECT_EQ(ServiceOf("Sub1").spec.advanced.at("seats"), Value(7));
}

TEST_F(SettleTest, WhatIsNotYetOrNoLongerOursChangesNothing) {
  const struct {
    BillingState state;
    std::string_view reason;
  } kCases[] = {{BillingState::kFuture, reason::kNotStartedYet},
                {BillingState::kTransferred, reason::kTransferred},
                {BillingState::kUnknown, reason::kUnknownStatus}};
  Order("Running");
  const Service before = ServiceOf("Running");
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.reason);
    Become("Running", each.state, std::string(each.reason));
    EXPECT_EQ(MatchedReason("Running"), each.reason);
    EXPECT_EQ(ServiceOf("Running").spec, before.spec);
    const std::string fresh = "Fresh-" + std::string(each.reason);
    Buy(fresh, State(each.state, "word"));
    Deliver();
    EXPECT_EQ(MatchedReason(fresh), each.reason);
    EXPECT_EQ(services.objects().size(), 1u) << "nothing is made for it";
  }
}

TEST_F(SettleTest, AStopKeepsEverythingAndARunLiftsItAgain) {
  Order("Sub1");
  const Service before = ServiceOf("Sub1");
  Become("Sub1", BillingState::kCancelled, "cancelled");
  EXPECT_EQ(Suspended("Sub1"), (std::vector{SuspensionReason::kBilling}));
  EXPECT_NE(ServiceOf("Sub1").spec.suspensions[0].note.find("cancelled"), std::string::npos);
  EXPECT_EQ(ServiceOf("Sub1").spec.limits, before.spec.limits);
  Become("Sub1", BillingState::kActive, "active");
  EXPECT_TRUE(Suspended("Sub1").empty());
  EXPECT_EQ(ServiceOf("Sub1").meta.uid, before.meta.uid);
  EXPECT_EQ(ServiceOf("Sub1").spec.domain, before.spec.domain);
  EXPECT_EQ(names.objects().size(), 1u);
}

TEST_F(SettleTest, ARunLiftsOnlyTheSuspensionOfBilling) {
  Order("Sub1");
  EditService("Sub1", [](Service::Spec& spec) {
    spec.suspensions.push_back({.reason = SuspensionReason::kOperator, .note = "by hand"});
  });
  Become("Sub1", BillingState::kPaused, "paused");
  EXPECT_EQ(Suspended("Sub1"),
            (std::vector{SuspensionReason::kOperator, SuspensionReason::kBilling}));
  Become("Sub1", BillingState::kActive, "active");
  EXPECT_EQ(Suspended("Sub1"), (std::vector{SuspensionReason::kOperator}));
}

TEST_F(SettleTest, AStopThatIsToldTwiceIsCondemnedOnce) {
  Order("Sub1");
  Become("Sub1", BillingState::kCancelled, "cancelled");
  const Service before = ServiceOf("Sub1");
  Deliver();
  EXPECT_EQ(ServiceOf("Sub1").meta.version, before.meta.version);
  EXPECT_EQ(Mark().condemned.size(), 1u);
}

TEST_F(SettleTest, ASubscriptionThatNeverRanIsNotMadeToBeStopped) {
  Buy("Sub1", State(BillingState::kCancelled, "cancelled"));
  Deliver();
  EXPECT_TRUE(services.objects().empty());
  EXPECT_EQ(hints.size(), 0u);
}

TEST_F(SettleTest, TheSixthStopOfAnHourWaitsForAnOperator) {
  for (int i = 1; i <= 8; ++i) Order("Sub" + std::to_string(i));
  for (int i = 1; i <= 6; ++i) {
    Become("Sub" + std::to_string(i), BillingState::kCancelled, "cancelled");
  }
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(Suspended("Sub" + std::to_string(i)).size(), 1u) << i;
  EXPECT_TRUE(Suspended("Sub6").empty());
  EXPECT_EQ(MatchedReason("Sub6"), reason::kGateClosed);
  EXPECT_TRUE(Mark().gate_closed_since);
  EXPECT_EQ(hints.size(), 1u) << "what says to stop it is kept";
  loop.RunFor(std::chrono::hours(5));
  EXPECT_TRUE(Suspended("Sub6").empty()) << "time alone opens no gate";
  Order("Sub9");
  EXPECT_TRUE(Suspended("Sub9").empty()) << "creation goes on";

  ASSERT_TRUE(loop.Run(marks.Release(loop.Now() + minutes(10))));
  subscription_loop.Nudge();
  loop.RunFor(seconds(1));
  EXPECT_EQ(Suspended("Sub6").size(), 1u);
  EXPECT_EQ(hints.size(), 0u);
}

TEST_F(SettleTest, AnAbsentSubscriptionStopsNothing) {
  Order("Sub1");
  provider.faults.other_site = true;
  provider.Change("Sub1", "subscription_changed", State(BillingState::kCancelled, "cancelled"));
  Deliver();
  loop.RunFor(minutes(5));
  EXPECT_TRUE(Suspended("Sub1").empty());
}

TEST_F(SettleTest, ADeletionThatWasReadStopsTheInstance) {
  Order("Sub1");
  provider.Delete("Sub1");
  Deliver();
  EXPECT_EQ(Suspended("Sub1"), (std::vector{SuspensionReason::kBilling}));
  EXPECT_EQ(services.objects().size(), 1u) << "nothing is removed";
}

TEST_F(SettleTest, WhatAnOperatorRemovedStaysRemoved) {
  Order("Sub1");
  const Service service = ServiceOf("Sub1");
  NameClaim claim = names.objects().at(service.meta.name);
  claim.status.released_at = loop.Now();
  ASSERT_TRUE(loop.Run(names.PutStatus(claim)));
  ASSERT_TRUE(loop.Run(services.Remove(service.meta.name, service.meta.version)));
  provider.Change("Sub1", "subscription_changed", Plan("large"));
  Deliver();
  EXPECT_TRUE(services.objects().empty());
  EXPECT_EQ(MatchedReason("Sub1"), reason::kDeleting);
}

TEST_F(SettleTest, TheAnswerOfTheWriteIsDecidedOnToo) {
  Order("Sub1");
  // The plan changes between our read and our write, and its event never comes.
  gate.hook = [this](std::string_view call, testing::CallGate::Moment moment) {
    if (call == "provider.publish" && moment == testing::CallGate::Moment::kBefore) {
      gate.hook = nullptr;
      provider.Change("Sub1", "subscription_changed", Plan("large"));
    }
    return true;
  };
  Answers("Sub1");
  EXPECT_EQ(provider.effective_writes().size(), 1u);
  EXPECT_EQ(ServiceOf("Sub1").spec.limits.cpu->text(), "500m");
  EXPECT_EQ(Stored("Sub1").status.observed->version, provider.Truth("Sub1")->version);
}

TEST_F(SettleTest, OurOwnEchoCostsNoRead) {
  Order("Sub1");
  Answers("Sub1");
  const int before = provider.calls();
  Deliver();
  EXPECT_EQ(provider.calls(), before);
  EXPECT_EQ(hints.size(), 0u);
}

TEST_F(SettleTest, ARecordOfAnotherSiteIsLeftAlone) {
  for (const auto& [name, site] : {std::pair{"fake", "elsewhere"}, std::pair{"another", "main"}}) {
    SCOPED_TRACE(name);
    Subscription record;
    record.spec.key = {name, site, "Sub1"};
    record.meta.name = NameOf(record.spec.key).str();
    ASSERT_TRUE(loop.Run(subscriptions.PutSpec(record)));
    const Status synced = loop.Run(subscription_loop.Sync(record.meta.name, {.republish = true}));
    EXPECT_EQ(testing::KindOf(synced), ErrorKind::kConflict);
    loop.RunFor(minutes(1));
    EXPECT_EQ(provider.calls(), 0);
    EXPECT_EQ(subscriptions.objects().at(record.meta.name).status, record.status);
  }
}

}  // namespace
}  // namespace kl::app
