#include "adapters/engine_docker/member_run.h"

#include <gtest/gtest.h>

#include "domain/reasons.h"

namespace kl::docker {
namespace {

using std::chrono::seconds;

class MemberRunTest : public testing::Test {
 protected:
  void SetUp() override {
    spec_.members = {{.name = "app"}, {.name = "migrate"}};
    run_.id = "c";
    run_.state = "exited";
    run_.detail.finished_ns = 5;
  }
  const Member& app() { return spec_.members[0]; }
  void End(int code) {
    run_.detail.exit_code = code;
    JudgeEnd(run_, spec_, app(), now_, random_);
  }
  AppSpec spec_;
  MemberRun run_;
  MonoTime now_{seconds(1000)};
  SeededRandom random_{1};
};

TEST_F(MemberRunTest, BackoffDoublesFromOneSecondToAMinute) {
  for (int step : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const Duration expected = seconds(step);
    End(1);
    const auto wait = run_.not_before - now_;
    EXPECT_GE(wait, expected * 8 / 10) << run_.crashes;
    EXPECT_LE(wait, expected * 12 / 10) << run_.crashes;
  }
  EXPECT_EQ(run_.reason, reason::kCrashLooping);
}

TEST_F(MemberRunTest, AfterALongHealthyTimeItStartsAtOnce) {
  End(1);
  End(1);
  run_.health = Health::kHealthy;
  run_.healthy_since = now_ - seconds(61);
  End(1);
  EXPECT_EQ(run_.not_before, now_);
  EXPECT_EQ(run_.crashes, 0);
}

TEST_F(MemberRunTest, EndWithZeroIsACrashOfAServer) {
  End(0);
  EXPECT_FALSE(run_.completed);
  EXPECT_EQ(run_.crashes, 1);
}

TEST_F(MemberRunTest, EndWithZeroCompletesWhatOthersWaitFor) {
  spec_.members[1].depends_on = {{"app", DependencyCondition::kCompleted}};
  End(0);
  EXPECT_TRUE(run_.completed);
  EXPECT_TRUE(Satisfies(run_, DependencyCondition::kCompleted));
  EXPECT_TRUE(Satisfies(run_, DependencyCondition::kStarted));
}

TEST_F(MemberRunTest, NeverRestartedOneIsGivenUp) {
  spec_.members[0].restart = RestartPolicy::kNever;
  End(3);
  EXPECT_TRUE(run_.given_up);
  EXPECT_EQ(StatusWord(run_, app()), "exited");
}

TEST_F(MemberRunTest, KillAtTheLimitIsOutOfMemory) {
  run_.detail.oom_killed = true;
  End(137);
  EXPECT_EQ(run_.reason, reason::kOutOfMemory);
}

TEST_F(MemberRunTest, RunningIsNotHealthyUntilProved) {
  run_.state = "running";
  spec_.members[0].probe = Probe{};
  EXPECT_TRUE(Satisfies(run_, DependencyCondition::kStarted));
  EXPECT_FALSE(Satisfies(run_, DependencyCondition::kHealthy));
  EXPECT_EQ(StatusWord(run_, app()), "starting");
  run_.health = Health::kHealthy;
  EXPECT_TRUE(Satisfies(run_, DependencyCondition::kHealthy));
  EXPECT_EQ(StatusWord(run_, app()), "healthy");
}

TEST(OutputReasonTest, KnownLastWords) {
  EXPECT_EQ(ReasonInOutput("bind() failed (98: Address already in use)"), reason::kPortClash);
  EXPECT_EQ(ReasonInOutput("Error: listen EADDRINUSE :::80"), reason::kPortClash);
  EXPECT_EQ(ReasonInOutput("write: Disk quota exceeded"), reason::kStorageFull);
  EXPECT_EQ(ReasonInOutput("panic: nil"), "");
}

TEST(ProbeScheduleTest, OftenUntilTheFirstSuccessThenAtTheInterval) {
  ProbeSchedule schedule(Probe{.interval = seconds(30), .retries = 2});
  EXPECT_EQ(schedule.Answered(false, Duration(0)), Duration(50));
  Duration last{50};
  for (int i = 0; i < 20; ++i) {
    const Duration pause = schedule.Answered(false, Duration(100));
    EXPECT_GE(pause, last);
    last = pause;
  }
  EXPECT_EQ(last, Duration(1000));
  EXPECT_EQ(schedule.health(), Health::kUnknown);
  EXPECT_EQ(schedule.Answered(true, Duration(200)), seconds(30));
  EXPECT_EQ(schedule.health(), Health::kHealthy);
  EXPECT_EQ(schedule.Answered(false, seconds(40)), seconds(30));
  EXPECT_EQ(schedule.health(), Health::kHealthy) << "one failure of two";
  schedule.Answered(false, seconds(70));
  EXPECT_EQ(schedule.health(), Health::kUnhealthy);
  schedule.Answered(true, seconds(80));
  EXPECT_EQ(schedule.health(), Health::kHealthy);
}

TEST(ProbeScheduleTest, NeverHealthyIsUnhealthyAfterItsTimeNotItsTries) {
  ProbeSchedule schedule(Probe{.interval = seconds(10), .start_period = seconds(60), .retries = 3});
  for (int i = 0; i < 100; ++i) schedule.Answered(false, seconds(89));
  EXPECT_EQ(schedule.health(), Health::kUnknown);
  schedule.Answered(false, seconds(90));
  EXPECT_EQ(schedule.health(), Health::kUnhealthy);
}

}  // namespace
}  // namespace kl::docker
