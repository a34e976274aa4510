#include "app/explain/explain.h"

#include "app/app_fixture.h"
#include "domain/reasons.h"
#include "ports/testing/fake_engine.h"
#include "ports/testing/fake_gateway.h"

namespace kl::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Records as the loops leave them; the loops themselves run only where a test starts them.
struct ExplainTest : AppFixture {
  void SetUp() override { Make(&marks); }

  void Make(SiteMarks* of_billing) {
    const bool billing = of_billing != nullptr;
    explainer = std::make_unique<Explainer>(
        Explainer::Deps{.loop = loop,
                        .records = records,
                        .history = history,
                        .engine = engine,
                        .marks = of_billing,
                        .subscriptions = billing ? &subscription_loop : nullptr,
                        .feed = billing ? &feed : nullptr,
                        .intake = billing ? &intake : nullptr,
                        .services = service_loop,
                        .site = {provider.Name(), provider.SiteName(), ""}});
  }
  Subscription Ordered(const std::string& id) {
    Subscription record = RecordOf(id);
    record.status.observed.emplace();
    record.status.observed->key = record.spec.key;
    record.status.observed->raw_status = "active";
    record.status.observed->state = BillingState::kActive;
    record.status.observed->customer_email = id + "@example.com";
    record.status.publication.state = PublicationState::kDone;
    return record;
  }
  Service Running(const std::string& name, const std::string& domain) {
    Service service;
    service.meta.name = name;
    service.spec.type = "app";
    service.spec.domain = domain;
    service.status.phase = "Ready";
    service.status.conditions = {
        {.type = std::string(condition::kReady), .status = true, .reason = "Ready"}};
    return service;
  }
  void Keep(Subscription record) {
    const auto kept = loop.Run(subscriptions.PutSpec(std::move(record)));
    ASSERT_TRUE(kept) << testing::MessageOf(kept);
  }
  void Keep(Service service) {
    const auto kept = loop.Run(services.PutSpec(std::move(service)));
    ASSERT_TRUE(kept) << testing::MessageOf(kept);
  }
  // An order that went well: subscription and service, each naming the other.
  void KeepOrder(const std::string& id, const std::string& name) {
    Subscription record = Ordered(id);
    Service service = Running(name, name + ".apps.localhost");
    service.spec.subscription = ToString(record.spec.key);
    record.status.service = name;
    Keep(std::move(record));
    Keep(std::move(service));
  }
  static Condition Bad(std::string_view type, std::string_view reason, std::string message = "") {
    return {.type = std::string(type),
            .status = false,
            .reason = std::string(reason),
            .message = std::move(message)};
  }
  Explanation Explain(const std::string& what) {
    auto explained = loop.Run(explainer->Explain(what));
    EXPECT_TRUE(explained) << testing::MessageOf(explained);
    return explained.value_or(Explanation());
  }
  Overview Look() {
    auto looked = loop.Run(explainer->Look());
    EXPECT_TRUE(looked) << testing::MessageOf(looked);
    return looked.value_or(Overview());
  }

  testing::FakeEngine engine{gate};
  testing::FakeGateway gateway{gate};
  testing::FakeOutside outside{gate, gateway, engine};
  IntakeService intake{loop, webhook, hints, history};
  SubscriptionLoop subscription_loop{{loop, random, records, hints, provider, provider, services,
                                      templates, marks, timeline, settings}};
  ServiceLoop service_loop{{loop, random, records, services, templates, engine, engine, gateway,
                            outside, timeline, settings}};
  FeedLoop feed{{loop, random, provider, provider, hints, intake, records, marks, settings}};
  std::unique_ptr<Explainer> explainer;
};

TEST_F(ExplainTest, EveryNameOfAnOrderLeadsToIt) {
  KeepOrder("Sub1", "calm-otter");
  KeepOrder("Sub2", "wise-owl");
  for (const std::string& what :
       {std::string("calm-otter"), std::string("Sub1"), RecordOf("Sub1").meta.name,
        std::string("fake/main/Sub1"), std::string("calm-otter.apps.localhost"),
        std::string("https://Calm-Otter.apps.localhost/"), std::string("Sub1@example.com")}) {
    SCOPED_TRACE(what);
    const Explanation found = Explain(what);
    ASSERT_TRUE(found.service);
    EXPECT_EQ(found.service->meta.name, "calm-otter");
    ASSERT_TRUE(found.subscription);
    EXPECT_EQ(found.subscription->spec.key.id, "Sub1");
    EXPECT_EQ(found.reason, reason::kReady);
    EXPECT_EQ(found.remedy, "");
  }
}

TEST_F(ExplainTest, ADomainOfOnesOwnLeadsToItsService) {
  Keep(Running("calm-otter", "shop.example.com"));
  EXPECT_EQ(Explain("shop.example.com").service->meta.name, "calm-otter");
}

TEST_F(ExplainTest, IdsThatDifferInCaseAreTwo) {
  KeepOrder("AbC", "calm-otter");
  KeepOrder("aBc", "wise-owl");
  EXPECT_EQ(Explain("AbC").service->meta.name, "calm-otter");
  EXPECT_EQ(Explain("aBc").service->meta.name, "wise-owl");
}

TEST_F(ExplainTest, WhatIsKnownNowhereIsNotFound) {
  KeepOrder("Sub1", "calm-otter");
  for (const std::string what : {"nobody", "nobody@example.com", "nobody.example.com", ""}) {
    EXPECT_EQ(testing::KindOf(loop.Run(explainer->Explain(what))), ErrorKind::kNotFound) << what;
  }
}

TEST_F(ExplainTest, AnEventWithoutARecordIsExplained) {
  Buy("Sub1");
  ASSERT_TRUE(
      loop.Run(intake.Record({provider.events().back()}, {R"({"id":"ev_1","secret":"s3cret"})"})));
  for (const std::string what : {"ev_1", "Sub1"}) {
    const Explanation found = Explain(what);
    EXPECT_EQ(found.subject, "event ev_1");
    EXPECT_EQ(found.reason, reason::kStarting) << "nobody has looked at it yet";
    ASSERT_EQ(found.timeline.size(), 1u);
    EXPECT_EQ(found.timeline[0].body, "event ev_1") << "a body may hold what is not for every eye";
  }
}

TEST_F(ExplainTest, AnEventOfASubscriptionTheProviderDoesNotKnowSaysSoOnceItWasAsked) {
  ParsedEvent event;
  event.id = "ev_9";
  event.type = "subscription_created";
  event.hints = {{.provider = "fake", .site = "main", .id = "Stranger"}};
  ASSERT_TRUE(loop.Run(intake.Record({event}, {"{}"})));
  EXPECT_EQ(Explain("ev_9").reason, reason::kStarting);
  subscription_loop.Start({});
  loop.RunFor(std::chrono::seconds(5));
  EXPECT_EQ(Explain("ev_9").reason, reason::kStarting) << "it may be new: asked again and again";
  loop.RunFor(std::chrono::minutes(1));
  EXPECT_EQ(Explain("ev_9").reason, reason::kNotFoundAtProvider);
}

TEST_F(ExplainTest, AnUnreachableProviderIsTheCauseOfWhatIsNotRead) {
  Buy("Sub1");
  ASSERT_TRUE(loop.Run(intake.Record({provider.events().back()}, {"{}"})));
  const struct {
    void (*fault)(testing::ProviderFaults&);
    std::string_view reason;
  } kCases[] = {
      {[](testing::ProviderFaults& f) { f.down = true; }, reason::kProviderUnavailable},
      {[](testing::ProviderFaults& f) { f.wrong_key = true; }, reason::kProviderDenied},
      {[](testing::ProviderFaults& f) { f.rate_limited = 1; }, reason::kProviderRateLimited},
  };
  subscription_loop.Start({});
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.reason);
    provider.faults = {};
    each.fault(provider.faults);
    loop.RunFor(minutes(30));  // the longest time between two tries lies behind
    const Explanation found = Explain("Sub1");
    EXPECT_EQ(found.reason, each.reason);
    EXPECT_EQ(Look().provider_error.has_value(), true);
    EXPECT_GT(Look().in_flight, 0);
  }
  provider.faults = {};
  loop.RunFor(minutes(30));
  EXPECT_FALSE(Look().provider_error);
  EXPECT_EQ(Explain("Sub1").reason, reason::kStarting);
}

TEST_F(ExplainTest, TheFirstBlockerOnTheWayIsNamed) {
  // Each case makes one thing wrong at its place of the way; what comes after is wrong as well.
  const auto owed = [](Subscription& record) {
    record.status.publication.state = PublicationState::kNeedsPerson;
    record.status.publication.reason = std::string(reason::kScheduledChanges);
  };
  const struct {
    std::string_view reason;
    std::function<void(Subscription&)> record;
    std::function<void(Service&)> service;
  } kCases[] = {
      {reason::kScheduledChanges, owed, [](Service&) {}},
      {reason::kImageMissing, owed,
       [](Service& s) {
         s.status.conditions = {Bad(condition::kReady, reason::kImageMissing, "web:9")};
       }},
      {reason::kStarting, owed, [](Service& s) { s.status.conditions.clear(); }},
      {reason::kDeleting, owed, [](Service& s) { s.spec.deleting = true; }},
      {reason::kParameterInvalid,
       [&](Subscription& r) {
         owed(r);
         r.status.conditions = {Bad(condition::kMatched, reason::kParameterInvalid)};
       },
       [](Service& s) { s.status.conditions.clear(); }},
      {reason::kGateClosed,
       [&](Subscription& r) {
         r.status.conditions = {Bad(condition::kMatched, reason::kGateClosed)};
         r.status.conditions[0].status = true;
       },
       [](Service&) {}},
      {reason::kNotFoundAtProvider,
       [&](Subscription& r) {
         r.status.conditions = {Bad(condition::kMatched, reason::kParameterInvalid),
                                Bad(condition::kObserved, reason::kNotFoundAtProvider)};
       },
       [](Service&) {}},
  };
  int n = 0;
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.reason);
    const std::string id = "Sub" + std::to_string(++n), name = "app-" + std::to_string(n);
    Subscription record = Ordered(id);
    Service service = Running(name, name + ".apps.localhost");
    service.spec.subscription = ToString(record.spec.key);
    record.status.service = name;
    each.record(record);
    each.service(service);
    Keep(std::move(record));
    Keep(std::move(service));
    const Explanation found = Explain(id);
    EXPECT_EQ(found.reason, each.reason);
    EXPECT_NE(found.summary.find(each.reason), std::string::npos) << found.summary;
    EXPECT_NE(found.summary.find("subscription " + id), std::string::npos) << found.summary;
  }
}

TEST_F(ExplainTest, ARecordOfAnotherSiteIsSaidToBeOne) {
  Subscription record = Ordered("Sub1");
  record.spec.key.site = "elsewhere";
  record.meta.name = NameOf(record.spec.key).str();
  Keep(record);
  EXPECT_EQ(Explain("Sub1").reason, reason::kOtherSite);
  Make(nullptr);
  EXPECT_EQ(Explain("Sub1").reason, reason::kOtherSite) << "without billing every site is another";
}

TEST_F(ExplainTest, TheTimelineIsInOrderOfTimeAndHidesBodies) {
  KeepOrder("Sub1", "calm-otter");
  const std::string subject = RecordOf("Sub1").meta.name;
  const auto at = [this](int second) { return loop.Now() + seconds(second); };
  ASSERT_TRUE(loop.Run(history.Append(
      {{.stream = "timeline", .subject = "calm-otter", .kind = "applied", .at = at(3)},
       {.stream = "audit", .subject = "calm-otter", .kind = "edit", .at = at(4)},
       {.stream = "timeline", .subject = "wise-owl", .kind = "another's", .at = at(2)},
       {.stream = "events",
        .id = "ev_1",
        .subject = subject,
        .kind = "created",
        .at = at(1),
        .body = "the customer's address"},
       {.stream = "timeline", .subject = subject, .kind = "named", .at = at(2)}})));
  std::vector<std::string> kinds;
  for (const HistoryRecord& record : Explain("Sub1").timeline) {
    kinds.push_back(record.kind);
    EXPECT_EQ(record.body.find("address"), std::string::npos);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"created", "named", "applied", "edit"}));
}

TEST_F(ExplainTest, TheNextTryIsTold) {
  KeepOrder("Sub1", "calm-otter");
  EXPECT_FALSE(Explain("Sub1").next_retry_at);
  provider.faults.down = true;
  subscription_loop.Start({});
  ASSERT_TRUE(loop.Run(subscription_loop.Sync(RecordOf("Sub1").meta.name, {})));
  loop.RunFor(seconds(30));
  const Explanation found = Explain("Sub1");
  ASSERT_TRUE(found.next_retry_at);
  EXPECT_GT(*found.next_retry_at, loop.Now());
}

TEST_F(ExplainTest, AJumpedClockIsPartOfTheLineAndNoReason) {
  KeepOrder("Sub1", "calm-otter");
  feed.Start();
  loop.JumpWall(std::chrono::hours(24 * 3650));
  loop.RunFor(minutes(6));
  const Explanation found = Explain("Sub1");
  EXPECT_EQ(found.reason, reason::kReady);
  EXPECT_NE(found.summary.find(reason::kClockJumped), std::string::npos);
  EXPECT_TRUE(Look().clock_jumped);
}

TEST_F(ExplainTest, ServicesAreCountedByTheirPhase) {
  const std::pair<std::string, std::string> kPhases[] = {
      {"a-ready", "Ready"},           {"b-ready", "Ready"},       {"c-paused", "Paused"},
      {"d-new", "Unknown"},           {"e-starting", "NotReady"}, {"f-bad", "ConfigurationError"},
      {"g-bad", "ProvisioningError"}, {"h-odd", "Backing Up"}};
  for (const auto& [name, phase] : kPhases) {
    Service service = Running(name, name + ".example.com");
    service.status.phase = phase;
    service.status.conditions = {Bad(condition::kReady, reason::kImageMissing)};
    Keep(service);
  }
  const Overview seen = Look();
  EXPECT_EQ(seen.services, 8);
  EXPECT_EQ(seen.ready, 2);
  EXPECT_EQ(seen.paused, 1);
  EXPECT_EQ(seen.starting, 2);
  EXPECT_EQ(seen.failing, 3);
  ASSERT_EQ(seen.needs_person.size(), 2u);
  EXPECT_NE(seen.needs_person[0].find("f-bad: ImageMissing"), std::string::npos);
}

TEST_F(ExplainTest, WhatIsOwedAndWhatNeedsAPersonIsTold) {
  const std::pair<std::string, PublicationState> kStates[] = {
      {"Owed", PublicationState::kOwed},          {"Postponed", PublicationState::kPostponed},
      {"Person", PublicationState::kNeedsPerson}, {"Changed", PublicationState::kChangedByOther},
      {"Done", PublicationState::kDone},          {"None", PublicationState::kNone}};
  for (const auto& [id, state] : kStates) {
    Subscription record = Ordered(id);
    record.status.publication.state = state;
    record.status.publication.reason = "Why" + id;
    Keep(record);
  }
  const Overview seen = Look();
  EXPECT_EQ(seen.owed, 3);
  std::string lines;
  for (const std::string& line : seen.needs_person) lines += line + "\n";
  EXPECT_NE(lines.find("Person: WhyPerson"), std::string::npos) << lines;
  EXPECT_NE(lines.find("Changed: WhyChanged"), std::string::npos) << lines;
  EXPECT_EQ(seen.needs_person.size(), 2u) << lines;
}

// "An unmatched plan is never silent", whatever it is called.
TEST_F(ExplainTest, OnlyAPlanThatTheConfigurationIgnoresIsSilent) {
  settings.ignored_plans = {"legacy"};
  subscription_loop.Start({});
  Install("other", R"(
x-kuberlogic-plans:
  small: {limits: {cpu: 250m}}
services:
  web:
    image: example/web:1
    ports: ["8080"]
)");
  for (const std::string plan : {"legacy", "unheard-of", "ignored-by-customers"}) {
    Buy("Sub-" + plan,
        [&](BillingSubscription& s) { s.items = {{.price_id = plan, .is_plan = true}}; });
    ASSERT_TRUE(loop.Run(hints.Add(provider.events().back().hints)));
    loop.RunFor(seconds(1));
  }
  const Overview seen = Look();
  EXPECT_EQ(seen.unmatched, 2);
  EXPECT_EQ(seen.needs_person.size(), 2u);
}

TEST_F(ExplainTest, AClosedGateIsTold) {
  ASSERT_TRUE(loop.Run(marks.Update([this](Site& site) {
    site.status.gate_closed_since = loop.Now();
    return true;
  })));
  const Overview seen = Look();
  EXPECT_TRUE(seen.gate_closed);
  ASSERT_EQ(seen.needs_person.size(), 1u);
  EXPECT_NE(seen.needs_person[0].find("billing release"), std::string::npos);
}

TEST_F(ExplainTest, InstancesWithoutARecordAreListed) {
  Found found;
  found.name = ServiceName("calm-otter");
  found.uid = ServiceUid(std::string(32, 'a'));
  found.subscription = "fake/main/Sub1";
  subscription_loop.Start({found});
  const Overview seen = Look();
  ASSERT_EQ(seen.orphans.size(), 1u);
  EXPECT_NE(seen.orphans[0].find("calm-otter"), std::string::npos);
}

TEST_F(ExplainTest, ALongListOfTroubleIsCutAndStillCounted) {
  for (int i = 0; i < 600; ++i) {
    Subscription record = Ordered("Sub" + std::to_string(i));
    record.status.publication.state = PublicationState::kNeedsPerson;
    Keep(record);
  }
  const Overview seen = Look();
  EXPECT_EQ(seen.owed, 600);
  EXPECT_LE(seen.needs_person.size(), 50u);
}

TEST_F(ExplainTest, WithoutBillingTheOverviewIsOfServicesAlone) {
  Make(nullptr);
  Keep(Running("calm-otter", "calm-otter.apps.localhost"));
  const Overview seen = Look();
  EXPECT_EQ(seen.services, 1);
  EXPECT_FALSE(seen.gate_closed);
  EXPECT_EQ(Explain("calm-otter").reason, reason::kReady);
}

}  // namespace
}  // namespace kl::app
