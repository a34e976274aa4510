// The rules of writing the domain back, one line each.
#include <gtest/gtest.h>

#include <functional>

#include "domain/publication.h"
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

TEST(PublicationRulesTest, EveryLineOfTheRulesHolds) {
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

TEST(PublicationRulesTest, DecidingTwiceDecidesTheSame) {
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

}  // namespace
}  // namespace kl
