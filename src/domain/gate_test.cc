#include "domain/gate.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kl {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kStart{hours(24 * 20'000)};

struct GateTest : ::testing::Test {
  Site site;
  WallTime now = kStart;
  std::int64_t running = 20;
  int next = 0;

  GateAnswer Pass(const std::string& name) {
    return PassGate(site, SubscriptionName(name), {.now = now, .running = running});
  }
  GateAnswer PassNew() { return Pass("p-" + std::to_string(next++)); }
  int AdmittedOf(int count) {
    int admitted = 0;
    for (int i = 0; i < count; ++i) admitted += PassNew() == GateAnswer::kAdmitted;
    return admitted;
  }
  bool closed() const { return site.status.gate_closed_since.has_value(); }
  void Release(Duration lasting) { site.spec.gate_released_until = now + lasting; }
};

TEST_F(GateTest, FiveMayGoHoweverFewRun) {
  running = 5;
  EXPECT_EQ(AdmittedOf(5), 5);
  EXPECT_FALSE(closed());
}

TEST_F(GateTest, HowManyRunIsAskedOnlyWhenItDecides) {
  const auto pass = [&](const std::string& name) {
    return PassGate(site, SubscriptionName(name), {.now = now});
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pass("q-" + std::to_string(i)), GateAnswer::kAdmitted);
  const Site::Status before = site.status;
  EXPECT_EQ(pass("q-5"), GateAnswer::kCount);
  EXPECT_TRUE(site.status == before) << "nothing was decided";
  EXPECT_EQ(pass("q-0"), GateAnswer::kAdmitted) << "admitted within the hour already";
  running = 120;
  EXPECT_EQ(Pass("q-5"), GateAnswer::kAdmitted);
}

TEST_F(GateTest, TheSixthWithinAnHourClosesIt) {
  EXPECT_EQ(AdmittedOf(10), 5);
  EXPECT_EQ(site.status.gate_closed_since, now);
  EXPECT_EQ(site.status.condemned.size(), 5u);
}

TEST_F(GateTest, AReleaseUnderAClockThatRanAheadIsNoReleaseForYears) {
  now = kStart + hours(24 * 3650);
  Release(hours(1));
  now = kStart;
  EXPECT_EQ(AdmittedOf(10), 5);
  EXPECT_TRUE(closed());
  now += minutes(1);
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
}

TEST_F(GateTest, OneClosedUnderAClockThatRanAheadCanBeReleased) {
  now = kStart + hours(24 * 3650);
  AdmittedOf(10);
  ASSERT_TRUE(closed());
  now = kStart;
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
  Release(hours(1));
  EXPECT_EQ(PassNew(), GateAnswer::kAdmitted);
  EXPECT_FALSE(closed());
}

TEST_F(GateTest, FivePercentMayGoOfMany) {
  running = 1000;
  EXPECT_EQ(AdmittedOf(50), 50);
  EXPECT_FALSE(closed());
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
}

TEST_F(GateTest, AFractionOfAnInstanceIsNotOneMore) {
  running = 139;  // 5 % are 6.95
  EXPECT_EQ(AdmittedOf(20), 6);
}

TEST_F(GateTest, EveryAdmittedOneIsRecordedWithItsTime) {
  EXPECT_EQ(Pass("p-a"), GateAnswer::kAdmitted);
  EXPECT_EQ(site.status.condemned, (std::map<std::string, WallTime>{{"p-a", now}}));
}

TEST_F(GateTest, ARefusedOneIsNotRecorded) {
  AdmittedOf(5);
  EXPECT_EQ(Pass("p-a"), GateAnswer::kClosed);
  EXPECT_FALSE(site.status.condemned.contains("p-a"));
}

TEST_F(GateTest, TheSameOneAgainIsNotCountedTwice) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Pass("p-a"), GateAnswer::kAdmitted);
  EXPECT_EQ(AdmittedOf(4), 4);
}

TEST_F(GateTest, OneAdmittedBeforeItClosedMayFinish) {
  Pass("p-a");
  AdmittedOf(10);
  ASSERT_TRUE(closed());
  EXPECT_EQ(Pass("p-a"), GateAnswer::kAdmitted);
}

TEST_F(GateTest, OneAdmittedLongAgoIsNewAgain) {
  Pass("p-a");
  AdmittedOf(10);
  now += kGateWindow;
  EXPECT_EQ(Pass("p-a"), GateAnswer::kClosed);
}

TEST_F(GateTest, AfterTheWindowTheNextMayGo) {
  EXPECT_EQ(AdmittedOf(5), 5);
  now += kGateWindow - Duration(1);
  Site almost = site;
  EXPECT_EQ(PassGate(almost, SubscriptionName("p-x"), {now, running}), GateAnswer::kClosed);
  now += Duration(1);
  EXPECT_EQ(AdmittedOf(5), 5);
}

TEST_F(GateTest, OnceClosedItStaysClosedWithoutARelease) {
  AdmittedOf(6);
  const auto since = site.status.gate_closed_since;
  now += hours(24 * 365);
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
  EXPECT_EQ(site.status.gate_closed_since, since) << "shown since when it really closed";
}

TEST_F(GateTest, AReleaseAdmitsAllWhileItLasts) {
  AdmittedOf(6);
  Release(hours(1));
  EXPECT_EQ(AdmittedOf(100), 100);
  EXPECT_FALSE(closed());
}

TEST_F(GateTest, AfterTheReleaseItGuardsAgain) {
  AdmittedOf(6);
  Release(hours(1));
  AdmittedOf(100);
  now += hours(1);
  EXPECT_EQ(AdmittedOf(10), 5);
  EXPECT_TRUE(closed());
}

TEST_F(GateTest, ThoseTheOperatorReleasedDoNotCountAgainstTheNext) {
  AdmittedOf(6);
  Release(minutes(10));
  EXPECT_EQ(PassNew(), GateAnswer::kAdmitted);
  now += minutes(10);
  EXPECT_EQ(AdmittedOf(5), 5) << "the five before the release are still within the window";
}

TEST_F(GateTest, AReleaseThatPassedWhileNobodyRanStillOpens) {
  AdmittedOf(6);
  Release(minutes(10));
  now += hours(5);
  EXPECT_EQ(PassNew(), GateAnswer::kAdmitted);
}

TEST_F(GateTest, AnOldReleaseDoesNotOpenANewClosing) {
  Release(minutes(10));
  now += hours(1);
  AdmittedOf(6);
  ASSERT_TRUE(closed());
  now += hours(5);
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
}

TEST_F(GateTest, AClockSetBackCountsThoseAheadOfIt) {
  AdmittedOf(5);
  now -= hours(24);
  EXPECT_EQ(PassNew(), GateAnswer::kClosed);
}

TEST_F(GateTest, TidyForgetsWhatIsOlderThanTheWindow) {
  AdmittedOf(3);
  EXPECT_FALSE(TidyGate(site, now));
  now += kGateWindow;
  EXPECT_TRUE(TidyGate(site, now));
  EXPECT_TRUE(site.status.condemned.empty());
  EXPECT_FALSE(TidyGate(site, now));
}

TEST_F(GateTest, TidyReopensAReleasedGate) {
  AdmittedOf(6);
  EXPECT_FALSE(TidyGate(site, now));
  Release(hours(1));
  EXPECT_TRUE(TidyGate(site, now));
  EXPECT_FALSE(closed());
  EXPECT_FALSE(TidyGate(site, now));
}

TEST_F(GateTest, NothingRunningIsNoReasonToAdmitMore) {
  running = 0;
  EXPECT_EQ(AdmittedOf(10), 5);
}

// However condemnations are spread, no window without a release sees more than the limit.
TEST_F(GateTest, NoWindowEverSeesMoreThanTheLimit) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SeededRandom random(seed);
    site = Site();
    now = kStart;
    running = 150;  // limit 7
    std::vector<WallTime> admitted;
    for (int step = 0; step < 300; ++step) {
      now += minutes(random.Below(30));
      if (PassNew() == GateAnswer::kAdmitted) admitted.push_back(now);
      const auto within =
          std::ranges::count_if(admitted, [this](WallTime at) { return now - at < kGateWindow; });
      ASSERT_LE(within, 7) << seed;
    }
  }
}

}  // namespace
}  // namespace kl
