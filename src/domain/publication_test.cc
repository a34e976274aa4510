#include "domain/publication.h"

#include <gtest/gtest.h>

#include <functional>

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

struct Row {
  const char* statement;
  std::function<void(Publication&, PublicationInput&)> situation;
  Step step;
  State state;
  std::string_view reason;
};

std::vector<Row> Table() {
  return {
      // O names the host of D: done, nothing is written.
      {"an empty field of a running instance is written", [](auto&, auto&) {}, Step::kWrite,
       State::kOwed, reason::kDomainOwed},
      {"another value in a field we never wrote is overwritten",
       [](auto&, auto& in) { in.observed = "https://old.example.org"; }, Step::kWrite, State::kOwed,
       reason::kDomainOwed},
      {"a field that names the host already is recorded, not written",
       [](auto&, auto& in) { in.observed = kUrl; }, Step::kRecord, State::kDone, ""},
      {"the bare host in the field is the same host",
       [](auto&, auto& in) { in.observed = "a.example.com"; }, Step::kRecord, State::kDone, ""},
      {"scheme, case and final slash make no other host",
       [](auto&, auto& in) { in.observed = "HTTP://A.Example.com/"; }, Step::kRecord, State::kDone,
       ""},
      {"what was taken over is recorded before the instance runs",
       [](auto&, auto& in) {
         in.observed = kUrl;
         in.runs = in.answered = false;
       },
       Step::kRecord, State::kDone, ""},
      {"what is done stays done without a write",
       [](auto& p, auto& in) {
         p = Written();
         in.observed = kUrl;
       },
       Step::kNothing, State::kDone, ""},
      {"done needs no fresh read",
       [](auto& p, auto& in) {
         p = Written();
         in.observed = kUrl;
         in.read_is_fresh = false;
       },
       Step::kNothing, State::kDone, ""},
      // Never early.
      {"an instance that has not answered is not announced",
       [](auto&, auto& in) { in.answered = false; }, Step::kNothing, State::kNone, ""},
      {"a stopped instance is not announced", [](auto&, auto& in) { in.runs = false; },
       Step::kNothing, State::kNone, ""},
      {"a debt of an instance that stopped is forgotten until it runs again",
       [](auto& p, auto& in) {
         p.state = State::kOwed;
         p.owed_since = kNoon - hours(3);
         in.runs = false;
       },
       Step::kNothing, State::kNone, ""},
      {"a postponed debt of an instance that no longer answers is forgotten too",
       [](auto& p, auto& in) {
         p.state = State::kPostponed;
         p.reason = reason::kScheduledChanges;
         in.answered = false;
       },
       Step::kNothing, State::kNone, ""},
      {"even by force nothing is announced early",
       [](auto& p, auto& in) {
         p.force = p.republish = true;
         in.answered = false;
       },
       Step::kNothing, State::kNone, ""},
      // The read behind the decision is fresh.
      {"an old read is repeated before the write",
       [](auto&, auto& in) { in.read_is_fresh = false; }, Step::kRead, State::kOwed,
       reason::kDomainOwed},
      {"an old read is repeated before republishing",
       [](auto& p, auto& in) {
         p = Written();
         p.republish = true;
         in.observed = "other";
         in.read_is_fresh = false;
       },
       Step::kRead, State::kOwed, reason::kDomainOwed},
      // R = D but O differs: someone else.
      {"a field changed by someone else is left and shown",
       [](auto& p, auto& in) {
         p = Written();
         in.observed = "https://vanity.example.org";
       },
       Step::kNothing, State::kChangedByOther, reason::kDomainFieldChanged},
      {"a field emptied by someone else is left and shown", [](auto& p, auto&) { p = Written(); },
       Step::kNothing, State::kChangedByOther, reason::kDomainFieldChanged},
      {"a field changed by someone else is rewritten when asked",
       [](auto& p, auto& in) {
         p = Written();
         p.republish = true;
         in.observed = "https://vanity.example.org";
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"force alone does not overwrite what someone else wrote",
       [](auto& p, auto& in) {
         p = Written();
         p.force = true;
         in.observed = "https://vanity.example.org";
       },
       Step::kNothing, State::kChangedByOther, reason::kDomainFieldChanged},
      {"a read from before our write blames nobody",
       [](auto& p, auto& in) {
         p = Written();
         in.read_at = *p.written_at - minutes(1);
       },
       Step::kNothing, State::kDone, ""},
      {"a field changed back is done again",
       [](auto& p, auto& in) {
         p = Written();
         p.state = State::kChangedByOther;
         p.reason = reason::kDomainFieldChanged;
         in.observed = kUrl;
       },
       Step::kRecord, State::kDone, ""},
      // D changed.
      {"a new host is written over the old one",
       [](auto& p, auto& in) {
         p = Written("https://before.example.com");
         in.observed = "https://before.example.com";
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"a new host is written also over what someone else had written",
       [](auto& p, auto& in) {
         p = Written("https://before.example.com");
         p.state = State::kChangedByOther;
         in.observed = "https://vanity.example.org";
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"another form of the same host is no new value",
       [](auto& p, auto& in) {
         p = Written("a.example.com");
         in.observed = "a.example.com";
       },
       Step::kNothing, State::kDone, ""},
      // Scheduled changes would be deleted.
      {"scheduled changes postpone the write", [](auto&, auto& in) { in.scheduled_changes = true; },
       Step::kWait, State::kPostponed, reason::kScheduledChanges},
      {"scheduled changes of an old read are looked up again",
       [](auto&, auto& in) {
         in.scheduled_changes = true;
         in.read_is_fresh = false;
       },
       Step::kRead, State::kPostponed, reason::kScheduledChanges},
      {"just before the deadline it is still postponed",
       [](auto& p, auto& in) {
         in.scheduled_changes = true;
         p.owed_since = kNoon - hours(1) + Duration(1);
       },
       Step::kWait, State::kPostponed, reason::kScheduledChanges},
      {"at the deadline a person is needed",
       [](auto& p, auto& in) {
         in.scheduled_changes = true;
         p.owed_since = kNoon - hours(1);
       },
       Step::kNothing, State::kNeedsPerson, reason::kScheduledChanges},
      {"force writes in spite of scheduled changes",
       [](auto& p, auto& in) {
         in.scheduled_changes = true;
         p.force = true;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"force writes also after the deadline",
       [](auto& p, auto& in) {
         in.scheduled_changes = true;
         p.state = State::kNeedsPerson;
         p.reason = reason::kScheduledChanges;
         p.owed_since = kNoon - hours(9);
         p.force = true;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"scheduled changes that are gone need no person any more",
       [](auto& p, auto&) {
         p.state = State::kNeedsPerson;
         p.reason = reason::kScheduledChanges;
         p.owed_since = kNoon - hours(9);
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"a clock set back lets the deadline begin again",
       [](auto& p, auto& in) {
         in.scheduled_changes = true;
         p.owed_since = kNoon + hours(24 * 365);
       },
       Step::kWait, State::kPostponed, reason::kScheduledChanges},
      // What a person must mend waits for one.
      {"a write refused for good is not repeated by itself",
       [](auto& p, auto&) {
         p.state = State::kNeedsPerson;
         p.reason = reason::kDomainWriteRefused;
         p.message = "refused";
       },
       Step::kNothing, State::kNeedsPerson, reason::kDomainWriteRefused},
      {"a write refused for good is repeated when asked",
       [](auto& p, auto&) {
         p.state = State::kNeedsPerson;
         p.reason = reason::kDomainWriteRefused;
         p.message = "refused";
         p.force = true;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"a value found in the field needs no person",
       [](auto& p, auto& in) {
         p.state = State::kNeedsPerson;
         p.reason = reason::kDomainFieldMissing;
         p.message = "refused";
         in.observed = kUrl;
       },
       Step::kRecord, State::kDone, ""},
      // At most three a day.
      {"the fourth write of a day waits for the next",
       [](auto& p, auto&) {
         p.writes_day = 20'000;
         p.writes = 3;
       },
       Step::kWait, State::kPostponed, reason::kWriteLimit},
      {"the third write of a day is made",
       [](auto& p, auto&) {
         p.writes_day = 20'000;
         p.writes = 2;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"yesterday's writes do not count",
       [](auto& p, auto&) {
         p.writes_day = 19'999;
         p.writes = 3;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
      {"force and republish keep to the limit",
       [](auto& p, auto&) {
         p.writes_day = 20'000;
         p.writes = 3;
         p.force = p.republish = true;
       },
       Step::kWait, State::kPostponed, reason::kWriteLimit},
      {"a clock set back over midnight gives no new writes",
       [](auto& p, auto&) {
         p.writes_day = 20'001;
         p.writes = 3;
       },
       Step::kWait, State::kPostponed, reason::kWriteLimit},
      {"a clock that ran years ahead does not block for years",
       [](auto& p, auto&) {
         p.writes_day = 20'000 + 3650;
         p.writes = 3;
       },
       Step::kWrite, State::kOwed, reason::kDomainOwed},
  };
}

TEST(PublicationTest, EveryLineOfTheRulesHolds) {
  for (const Row& row : Table()) {
    Publication present;
    PublicationInput input = Answering();
    row.situation(present, input);
    const auto decision = DecidePublication(present, input);
    EXPECT_EQ(decision.step, row.step) << row.statement;
    EXPECT_EQ(PublicationStateName(decision.next.state), PublicationStateName(row.state))
        << row.statement;
    EXPECT_EQ(decision.next.reason, row.reason) << row.statement;
    EXPECT_EQ(decision.next.reason.empty(), decision.next.message.empty()) << row.statement;
  }
}

TEST(PublicationTest, DecidingTwiceDecidesTheSame) {
  for (const Row& row : Table()) {
    Publication present;
    PublicationInput input = Answering();
    row.situation(present, input);
    const auto first = DecidePublication(present, input);
    const auto second = DecidePublication(first.next, input);
    EXPECT_EQ(second.next, first.next) << row.statement;
    // Only recording ends with having been recorded.
    EXPECT_EQ(second.step, first.step == Step::kRecord ? Step::kNothing : first.step)
        << row.statement;
  }
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
