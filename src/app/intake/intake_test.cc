#include "app/intake/intake.h"

#include "app/app_fixture.h"

namespace kl::app {
namespace {

using testing::FakeIntake;

struct IntakeTest : AppFixture {
  IntakeService intake{loop, webhook, hints, history};

  void SetUp() override { Buy("Sub1"); }
  std::string Body() const { return FakeIntake::BodyOf(provider.events().back()); }
  Status Receive(HeaderList headers, std::string body) {
    return loop.Run(intake.Receive(std::move(headers), intake.Path(), std::move(body)));
  }
  std::vector<HistoryRecord> Events() { return Kept("events"); }
};

TEST_F(IntakeTest, AnEventIsKeptAndLeavesAHint) {
  ASSERT_TRUE(Receive(FakeIntake::Headers(), Body()));
  const auto pending = loop.Run(hints.Pending("", 10));
  ASSERT_EQ(pending->size(), 1u);
  EXPECT_EQ(pending->front().hint.id, "Sub1");
  EXPECT_EQ(pending->front().hint.version, provider.Truth("Sub1")->version);
  EXPECT_EQ(pending->front().hint.trace, TraceOf("ev_1"));
  ASSERT_EQ(Events().size(), 1u);
  EXPECT_EQ(Events().front().trace, TraceOf("ev_1"));
  EXPECT_EQ(intake.counters().stored, 1);
}

TEST_F(IntakeTest, TheSameEventFiveTimesIsOneInTheInbox) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Receive(FakeIntake::Headers(), Body()));
  EXPECT_EQ(Events().size(), 1u);
  EXPECT_EQ(loop.Run(hints.Pending("", 10))->size(), 1u) << "hints of one subscription merge";
}

TEST_F(IntakeTest, WrongCredentialsLeaveNoTrace) {
  const Status refused = Receive({{"authorization", "guess"}}, Body());
  EXPECT_EQ(testing::KindOf(refused), ErrorKind::kUnauthenticated);
  EXPECT_EQ(hints.size(), 0u);
  EXPECT_TRUE(Events().empty());
  EXPECT_EQ(intake.counters().unauthenticated, 1);
}

TEST_F(IntakeTest, WhatIsNoEventIsRefused) {
  for (const char* body : {"", "{}", "null", "[1]", R"({"id":7})"}) {
    EXPECT_EQ(testing::KindOf(Receive(FakeIntake::Headers(), body)), ErrorKind::kInvalid) << body;
  }
  EXPECT_EQ(intake.counters().malformed, 5);
}

TEST_F(IntakeTest, ItIsNotAcknowledgedBeforeItsHintIsDurable) {
  gate.hook = [](std::string_view call, testing::CallGate::Moment) { return call != "hints.add"; };
  TaskScope program(loop);
  bool answered = false;
  struct Caller {
    static Task<void> Call(IntakeService& intake, std::string body, bool& answered) {
      Status status = co_await intake.Receive(FakeIntake::Headers(), "/", std::move(body));
      answered = status.has_value();
    }
  };
  program.Spawn(Caller::Call(intake, Body(), answered));
  loop.RunUntilIdle();
  EXPECT_FALSE(answered);
}

TEST_F(IntakeTest, WhatCannotBeStoredIsNotAcknowledged) {
  gate.fails = 1;
  EXPECT_EQ(testing::KindOf(Receive(FakeIntake::Headers(), Body())), ErrorKind::kUnavailable);
  EXPECT_EQ(intake.counters().not_stored, 1);
  EXPECT_EQ(intake.counters().stored, 0);
}

TEST_F(IntakeTest, AReplayAsksForAReadWhateverWasDecidedSince) {
  ASSERT_TRUE(Receive(FakeIntake::Headers(), Body()));
  ASSERT_TRUE(loop.Run(hints.Done(loop.Run(hints.Pending("", 1))->front().ticket)));
  ASSERT_TRUE(loop.Run(intake.Replay(Events().front())));
  const auto pending = loop.Run(hints.Pending("", 10));
  ASSERT_EQ(pending->size(), 1u);
  EXPECT_EQ(pending->front().hint.version, 0);
}

}  // namespace
}  // namespace kl::app
