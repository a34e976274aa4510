#include "app/publish_domain/publisher.h"

#include "app/app_fixture.h"
#include "domain/reasons.h"

namespace kl::app {
namespace {

using Kind = Publisher::Step::Kind;

struct PublisherTest : AppFixture {
  BatchReader reader{loop, provider};
  Publisher publisher{{loop, provider, reader, timeline, settings}};
  Service service;
  Subscription record = RecordOf("Sub1");

  void SetUp() override {
    Buy("Sub1");
    service.meta.name = "calm-otter";
    service.spec.domain = "calm-otter.apps.localhost";
    service.status.answered = true;
    Read();
  }
  // As the subscription loop reads before it publishes.
  void Read() {
    record.status.observed = *provider.Truth("Sub1");
    record.status.read_at = loop.Now();
    read_at = loop.Monotonic();
  }
  Publisher::Step Take() {
    if (asked_at_present_domain) service.status.endpoint = EndpointOf(settings, service.spec);
    return loop.Run(publisher.Take(record, service, read_at));
  }
  const Publication& publication() const { return record.status.publication; }
  std::string ReasonShown() const {
    const Condition* shown = FindCondition(record.status.conditions, condition::kPublished);
    return shown ? shown->reason : "";
  }
  std::string AtProvider() const { return provider.Truth("Sub1")->domain.value_or(""); }

  std::optional<MonoTime> read_at;
  bool asked_at_present_domain = true;
};

TEST_F(PublisherTest, WritesOnceAndSaysSo) {
  const Publisher::Step step = Take();
  EXPECT_EQ(step.kind, Kind::kWrote);
  ASSERT_TRUE(step.after);
  EXPECT_EQ(step.after->domain, "https://calm-otter.apps.localhost");
  EXPECT_EQ(AtProvider(), "https://calm-otter.apps.localhost");
  EXPECT_EQ(publication().state, PublicationState::kDone);
  EXPECT_EQ(ReasonShown(), reason::kDomainWritten);
  Read();
  EXPECT_EQ(Take().kind, Kind::kIdle);
  EXPECT_EQ(provider.calls("publish"), 1);
  loop.RunReady();
  ASSERT_EQ(Kept("timeline").size(), 1u);
  EXPECT_EQ(Kept("timeline").front().kind, "domain-written");
}

TEST_F(PublisherTest, TheFormFollowsTheSettings) {
  settings.domain_value = DomainValue::kHost;
  settings.public_port = 8443;
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(AtProvider(), "calm-otter.apps.localhost:8443");
}

TEST_F(PublisherTest, AnInsecureServiceIsAnnouncedAsHttp) {
  service.spec.insecure = true;
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(AtProvider(), "http://calm-otter.apps.localhost");
}

TEST_F(PublisherTest, NothingIsAnnouncedBeforeItAnswered) {
  service.status.answered = false;
  EXPECT_EQ(Take().kind, Kind::kIdle);
  EXPECT_EQ(provider.calls("publish"), 0);
  EXPECT_EQ(ReasonShown(), "");
}

TEST_F(PublisherTest, AnAnswerAtAFormerDomainAnnouncesNothing) {
  EXPECT_EQ(Take().kind, Kind::kWrote);
  Read();
  asked_at_present_domain = false;
  service.spec.domain = "shop.example.com";
  EXPECT_EQ(Take().kind, Kind::kIdle);
  EXPECT_EQ(AtProvider(), "https://calm-otter.apps.localhost");
}

TEST_F(PublisherTest, AReadOlderThanTenSecondsIsNotWrittenOn) {
  loop.RunFor(kReadAge + Duration(1));
  EXPECT_EQ(Take().kind, Kind::kRead);
  EXPECT_EQ(provider.calls("publish"), 0);
  EXPECT_EQ(ReasonShown(), reason::kDomainOwed);
  Read();
  EXPECT_EQ(Take().kind, Kind::kWrote);
}

TEST_F(PublisherTest, AReadOfAnEarlierProcessIsNotWrittenOn) {
  read_at.reset();
  EXPECT_EQ(Take().kind, Kind::kRead);
  EXPECT_EQ(provider.calls("publish"), 0);
}

TEST_F(PublisherTest, AClockSetBackMakesNoReadYounger) {
  loop.RunFor(kReadAge + Duration(1));
  loop.JumpWall(-std::chrono::hours(2));
  EXPECT_EQ(Take().kind, Kind::kRead);
}

TEST_F(PublisherTest, WhatStandsThereAlreadyIsRecordedWithoutAWrite) {
  provider.Change("Sub1", "subscription_changed",
                  [](BillingSubscription& s) { s.domain = "HTTPS://Calm-Otter.apps.localhost/"; });
  Read();
  EXPECT_EQ(Take().kind, Kind::kIdle);
  EXPECT_EQ(publication().state, PublicationState::kDone);
  EXPECT_EQ(ReasonShown(), reason::kDomainWritten);
  EXPECT_EQ(provider.calls("publish"), 0);
}

TEST_F(PublisherTest, ScheduledChangesPostponeTheWrite) {
  provider.Schedule("Sub1", [](BillingSubscription&) {});
  Read();
  record.status.observed->scheduled_changes = true;
  const Publisher::Step step = Take();
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_GT(step.wait, Duration(0));
  EXPECT_EQ(ReasonShown(), reason::kScheduledChanges);
  EXPECT_EQ(provider.lost_schedules(), 0);
}

TEST_F(PublisherTest, EveryRefusalHasItsReasonAndItsPace) {
  const struct {
    std::string what;
    void (*fault)(testing::ProviderFaults&);
    std::string_view reason;
    Duration wait_min;
  } kCases[] = {
      {"down", [](testing::ProviderFaults& f) { f.down = true; }, reason::kProviderUnavailable,
       Duration(0)},
      {"wrong key", [](testing::ProviderFaults& f) { f.wrong_key = true; }, reason::kProviderDenied,
       std::chrono::minutes(1)},
      {"no such field", [](testing::ProviderFaults& f) { f.field_missing = true; },
       reason::kDomainFieldMissing, std::chrono::minutes(1)},
      {"another site", [](testing::ProviderFaults& f) { f.other_site = true; },
       reason::kNotFoundAtProvider, std::chrono::minutes(1)},
      {"limited", [](testing::ProviderFaults& f) { f.rate_limited = 1; },
       reason::kProviderRateLimited, Duration(0)},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.what);
    provider.faults = {};
    each.fault(provider.faults);
    const Publisher::Step step = Take();
    EXPECT_EQ(step.kind, Kind::kFailed);
    EXPECT_GE(step.wait, each.wait_min);
    EXPECT_EQ(ReasonShown(), each.reason);
    EXPECT_EQ(publication().state, PublicationState::kOwed) << "the debt stays";
    EXPECT_TRUE(reader.health().error) << "status shows it";
  }
  provider.faults = {};
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(ReasonShown(), reason::kDomainWritten);
  EXPECT_FALSE(reader.health().error);
}

TEST_F(PublisherTest, AWaitTheProviderAsksForIsKept) {
  provider.faults.rate_limited = 1;
  Duration longest{0};
  for (int i = 0; i < 20; ++i) longest = std::max(longest, Take().wait);
  EXPECT_EQ(longest, std::chrono::seconds(30)) << "some of the refusals say when to come again";
}

TEST_F(PublisherTest, AWriteWhoseAnswerWasLostIsRepeatedAsTheSameWrite) {
  gate.answer_lost = 1;
  EXPECT_EQ(Take().kind, Kind::kFailed);
  EXPECT_EQ(AtProvider(), "https://calm-otter.apps.localhost");
  gate.answer_lost = 0;
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(provider.effective_writes().size(), 1u);
  EXPECT_EQ(provider.effective_writes().begin()->second, 1);
  EXPECT_EQ(provider.redundant_writes(), 0) << "the second must carry the key of the first";
}

TEST_F(PublisherTest, AnotherDomainIsAnotherWriteAtMostThreeADay) {
  for (int i = 0; i < kWritesPerDayMax; ++i) {
    service.spec.domain = "shop" + std::to_string(i) + ".example.com";
    EXPECT_EQ(Take().kind, Kind::kWrote);
    Read();
  }
  service.spec.domain = "shop-last.example.com";
  EXPECT_EQ(Take().kind, Kind::kWait);
  EXPECT_EQ(ReasonShown(), reason::kWriteLimit);
  loop.RunFor(std::chrono::hours(24));
  Read();
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(AtProvider(), "https://shop-last.example.com");
}

TEST_F(PublisherTest, AFieldChangedByHandIsShownAndLeftAlone) {
  EXPECT_EQ(Take().kind, Kind::kWrote);
  loop.RunFor(std::chrono::minutes(1));
  provider.Change("Sub1", "subscription_changed",
                  [](BillingSubscription& s) { s.domain = "https://by-hand.example.com"; });
  Read();
  EXPECT_EQ(Take().kind, Kind::kIdle);
  EXPECT_EQ(ReasonShown(), reason::kDomainFieldChanged);
  EXPECT_EQ(AtProvider(), "https://by-hand.example.com");
  record.status.publication.republish = true;
  EXPECT_EQ(Take().kind, Kind::kWrote);
  EXPECT_EQ(AtProvider(), "https://calm-otter.apps.localhost");
}

}  // namespace
}  // namespace kl::app
