#include "app/batch_reader.h"

#include <gtest/gtest.h>

#include "ports/testing/contract.h"
#include "ports/testing/fake_provider.h"
#include "ports/testing/sim_loop.h"

namespace kl::app {
namespace {

struct BatchReaderTest : ::testing::Test {
  // Refuses whatever names the odd id, as a filter is refused as a whole.
  struct Picky : testing::FakeProvider {
    using FakeProvider::FakeProvider;
    Task<Result<ReadAnswer>> Read(std::vector<std::string> ids, CallPriority priority) override {
      ++asked;
      const bool odd = std::ranges::find(ids, refused) != ids.end();
      auto answer = co_await FakeProvider::Read(std::move(ids), priority);
      if (odd) co_return Fail(ErrorKind::kInvalid, "id : invalid", "id");
      co_return answer;
    }
    std::string refused;
    int asked = 0;
  };

  testing::SimLoop loop;
  testing::CallGate gate{loop};
  Picky provider{gate};
  BatchReader reader{loop, provider};
  std::vector<Result<ReadOutcome>> answers;
  TaskScope scope{loop};

  void SetUp() override { gate.latency = Duration(50); }
  void Buy(const std::string& id) {
    BillingSubscription bought;
    bought.key.id = id;
    provider.Create(bought);
  }
  static Task<void> Ask(BatchReaderTest& test, std::string id, CallPriority priority) {
    auto answer = co_await test.reader.Read(std::move(id), priority);
    test.answers.push_back(std::move(answer));
  }
  void Spawn(const std::string& id, CallPriority priority = CallPriority::kHint) {
    scope.Spawn(Ask(*this, id, priority));
  }
};

TEST_F(BatchReaderTest, ABurstOfAThousandCostsElevenCalls) {
  for (int i = 0; i < 1000; ++i) {
    Buy("sub" + std::to_string(i));
    Spawn("sub" + std::to_string(i));
  }
  loop.RunUntilIdle();
  ASSERT_EQ(answers.size(), 1000u);
  for (const auto& answer : answers) EXPECT_TRUE(answer && answer->found);
  EXPECT_LE(provider.calls("read"), 11);
}

TEST_F(BatchReaderTest, TheSameIdAskedTwiceIsReadOnceAndAnswersBoth) {
  Buy("first");
  Buy("twice");
  Spawn("first");
  loop.RunReady();
  Spawn("twice");
  Spawn("twice");
  loop.RunUntilIdle();
  EXPECT_EQ(answers.size(), 3u);
  EXPECT_EQ(provider.calls("read"), 2);
}

TEST_F(BatchReaderTest, AbsentIsNoError) {
  Spawn("nobody");
  loop.RunUntilIdle();
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0]);
  EXPECT_FALSE(answers[0]->found);
}

TEST_F(BatchReaderTest, AReadIsAsOldAsItsQuestion) {
  Buy("a");
  const MonoTime asked = loop.Monotonic();
  Spawn("a");
  loop.RunUntilIdle();
  ASSERT_TRUE(answers.at(0));
  EXPECT_EQ(answers[0]->asked_at, asked);
  EXPECT_GE(loop.Monotonic(), asked);
}

TEST_F(BatchReaderTest, EveryCallerHearsOfAFailureAndTheNextReadWorks) {
  Buy("a");
  provider.faults.down = true;
  Spawn("a");
  Spawn("b");
  loop.RunUntilIdle();
  ASSERT_EQ(answers.size(), 2u);
  for (const auto& answer : answers) {
    EXPECT_EQ(testing::KindOf(answer), ErrorKind::kUnavailable);
  }
  ASSERT_TRUE(reader.health().error);
  provider.faults.down = false;
  Spawn("a");
  loop.RunUntilIdle();
  EXPECT_TRUE(answers.back());
  EXPECT_FALSE(reader.health().error);
}

TEST_F(BatchReaderTest, OneRefusedIdSpoilsNoOther) {
  provider.refused = "sub37";
  Buy("first");
  Spawn("first");
  loop.RunReady();
  for (int i = 0; i < 100; ++i) {
    Buy("sub" + std::to_string(i));
    Spawn("sub" + std::to_string(i));
  }
  loop.RunUntilIdle();
  ASSERT_EQ(answers.size(), 101u);
  EXPECT_EQ(std::ranges::count_if(answers, [](const auto& each) { return each && each->found; }),
            100);
  EXPECT_EQ(
      std::ranges::count_if(
          answers, [](const auto& each) { return testing::KindOf(each) == ErrorKind::kInvalid; }),
      1);
  EXPECT_LE(provider.asked, 20) << "halves, not a hundred calls";
  EXPECT_FALSE(reader.health().error);
}

TEST_F(BatchReaderTest, NewOrdersGoBeforeSweeps) {
  for (int i = 0; i < 150; ++i) Buy("old" + std::to_string(i));
  Buy("order");
  Spawn("old0", CallPriority::kSweep);
  loop.RunReady();
  for (int i = 1; i < 150; ++i) Spawn("old" + std::to_string(i), CallPriority::kSweep);
  Spawn("order", CallPriority::kNewOrder);
  loop.RunUntilIdle();
  std::size_t place = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] && answers[i]->found && answers[i]->found->key.id == "order") place = i;
  }
  EXPECT_LE(place, 101u) << "with the first full batch";
}

}  // namespace
}  // namespace kl::app
