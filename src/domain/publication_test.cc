#include "domain/publication.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "domain/reasons.h"

namespace kl {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using State = PublicationState;
using Step = PublicationStep;

constexpr WallTime kNoon{hours(24 * 20'000 + 12)};
const std::string kUrl = "https://a.example.com";

PublicationInput Answering() {
  return {.desired = kUrl,
          .observed = std::nullopt,
          .read_at = kNoon,
          .read_is_fresh = true,
          .answered = true,
          .runs = true,
          .scheduled_changes = false,
          .now = kNoon};
}

Publication Written(const std::string& value = kUrl) {
  return AfterWrite({}, value, kNoon - hours(30));
}

TEST(PublicationTest, DebtIsCountedFromItsFirstSight) {
  auto input = Answering();
  input.scheduled_changes = true;
  auto decision = DecidePublication({}, input);
  EXPECT_EQ(decision.next.owed_since, kNoon);
  input.now += minutes(59);
  decision = DecidePublication(decision.next, input);
  EXPECT_EQ(decision.next.owed_since, kNoon);
  EXPECT_EQ(decision.step, Step::kWait);
  input.now += minutes(1);
  EXPECT_EQ(DecidePublication(decision.next, input).next.state, State::kNeedsPerson);
}

TEST(PublicationTest, TheDeadlineCountsOnlyWhileTheCustomerCouldHaveBeenTold) {
  auto input = Answering();
  input.scheduled_changes = true;
  auto decision = DecidePublication({}, input);
  input.runs = false;
  decision = DecidePublication(decision.next, input);
  EXPECT_EQ(decision.next.owed_since, std::nullopt);
  input.runs = true;
  input.now += hours(5);
  decision = DecidePublication(decision.next, input);
  EXPECT_EQ(decision.next.state, State::kPostponed);
  EXPECT_EQ(decision.next.owed_since, input.now);
}

TEST(PublicationTest, AClockSetBackDoesNotPutOffTheDeadlineForever) {
  Publication present;
  present.owed_since = kNoon + hours(24 * 365);
  auto input = Answering();
  input.scheduled_changes = true;
  auto decision = DecidePublication(present, input);
  EXPECT_EQ(decision.next.owed_since, kNoon);
  input.now += hours(1);
  EXPECT_EQ(DecidePublication(decision.next, input).next.state, State::kNeedsPerson);
}

TEST(PublicationTest, AWriteIsRecordedAndItsWishesAreSpent) {
  Publication present = DecidePublication({}, Answering()).next;
  present.force = present.republish = true;
  const Publication after = AfterWrite(present, kUrl, kNoon);
  EXPECT_EQ(after.state, State::kDone);
  EXPECT_EQ(after.recorded, kUrl);
  EXPECT_EQ(after.written_at, kNoon);
  EXPECT_EQ(after.writes, 1);
  EXPECT_EQ(after.writes_day, 20'000);
  EXPECT_FALSE(after.owed_since || after.force || after.republish);
  EXPECT_TRUE(after.reason.empty() && after.message.empty());
  EXPECT_EQ(AfterWrite(after, kUrl, kNoon + hours(1)).writes, 2);
  EXPECT_EQ(AfterWrite(after, kUrl, kNoon + hours(24)).writes, 1);
}

TEST(PublicationTest, FoundValuesAreRecordedAsWeWouldWriteThem) {
  auto input = Answering();
  input.observed = "a.example.com/";
  const auto decision = DecidePublication({}, input);
  EXPECT_EQ(decision.next.recorded, kUrl);
  EXPECT_FALSE(decision.next.written_at);
}

TEST(PublicationTest, WishesAreSpentWhenTheFieldIsRightAlready) {
  Publication present = Written();
  present.force = present.republish = true;
  auto input = Answering();
  input.observed = kUrl;
  const auto decision = DecidePublication(present, input);
  EXPECT_EQ(decision.step, Step::kRecord);
  EXPECT_FALSE(decision.next.force || decision.next.republish);
}

TEST(PublicationTest, TheShownFieldOfSomeoneElseIsCut) {
  auto input = Answering();
  input.observed = std::string(100'000, 'x');
  const auto decision = DecidePublication(Written(), input);
  EXPECT_LT(decision.next.message.size(), 400u);
}

// A provider and a clock that do anything: the promises hold after every step.
TEST(PublicationTest, WhateverHappensNothingIsAnnouncedEarlyOrOverAndOver) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    Publication present;
    auto input = Answering();
    std::map<std::int64_t, int> writes;  // by day
    for (int step = 0; step < 300; ++step) {
      input.now += minutes(random.Below(120));
      input.answered = random.Below(5) > 0;
      input.runs = random.Below(5) > 0;
      input.read_is_fresh = random.Below(3) > 0;
      input.scheduled_changes = random.Below(6) == 0;
      input.read_at = input.now;
      if (random.Below(10) == 0) input.desired = random.Below(2) ? kUrl : "https://b.example.com";
      if (random.Below(10) == 0) input.observed = "https://vanity.example.org";
      if (random.Below(20) == 0) input.observed = std::nullopt;
      if (random.Below(20) == 0) present.republish = true;
      const auto decision = DecidePublication(present, input);
      present = decision.next;
      if (decision.step != Step::kWrite) continue;
      EXPECT_TRUE(input.answered && input.runs && input.read_is_fresh) << seed;
      EXPECT_TRUE(!input.scheduled_changes || present.force) << seed;
      EXPECT_FALSE(SameHost(input.observed.value_or(""), input.desired)) << seed;
      present = AfterWrite(present, input.desired, input.now);
      input.observed = input.desired;
      const auto day = std::chrono::floor<std::chrono::days>(input.now).time_since_epoch().count();
      EXPECT_LE(++writes[day], kWritesPerDayMax) << seed;
    }
  }
}

TEST(DomainFieldTest, HasTheFormTheVendorAskedFor) {
  EXPECT_EQ(DomainFieldValue(DomainValue::kUrl, "a.example.com", false), "https://a.example.com");
  EXPECT_EQ(DomainFieldValue(DomainValue::kUrl, "a.example.com", true), "http://a.example.com");
  EXPECT_EQ(DomainFieldValue(DomainValue::kHost, "a.example.com", false), "a.example.com");
  EXPECT_EQ(DomainFieldValue(DomainValue::kHost, "a.example.com", true), "a.example.com");
}

TEST(DomainFieldTest, EveryFormNamesTheSameHost) {
  for (const auto form : {DomainValue::kUrl, DomainValue::kHost}) {
    for (const bool insecure : {false, true}) {
      EXPECT_TRUE(SameHost(DomainFieldValue(form, "a.example.com", insecure), "a.example.com"));
    }
  }
  EXPECT_FALSE(SameHost("a.example.com", "b.example.com"));
  EXPECT_FALSE(SameHost("a.example.com", "a.example.com/shop"));
  EXPECT_FALSE(SameHost("a.example.com", "a.example.com:8443"));
  EXPECT_FALSE(SameHost("", "")) << "nothing names no host";
}

}  // namespace
}  // namespace kl
