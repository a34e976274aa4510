// What the twins do beyond the contracts: faults, deaths and counts that checkers rely on.
#include <gtest/gtest.h>

#include "ports/testing/memory_store.h"
#include "ports/testing/sim_loop.h"

namespace kl::testing {
namespace {

using Moment = CallGate::Moment;

Service Named(std::string name) {
  Service service;
  service.meta.name = std::move(name);
  return service;
}

// What a program does: make a service, then note that it was told so.
Task<void> Make(MemoryStore<Service>& store, bool& told) {
  const auto made = co_await store.PutSpec(Named("calm-otter"));
  told = made.has_value();
}

struct Deaths : ::testing::Test {
  SimLoop loop;
  CallGate gate{loop};
  MemoryStore<Service> store{gate};
  bool told = false;

  void DieAt(Moment death) {
    gate.hook = [death](std::string_view, Moment moment) { return moment != death; };
    TaskScope program(loop);
    program.Spawn(Make(store, told));
    EXPECT_TRUE(loop.RunUntilIdle());
    EXPECT_EQ(program.size(), 1u) << "the program must hang, not end";
  }
};

TEST_F(Deaths, BeforeTheEffectNothingHappened) {
  DieAt(Moment::kBefore);
  EXPECT_FALSE(told);
  EXPECT_TRUE(store.objects().empty());
}

TEST_F(Deaths, AfterTheEffectItHappenedAndNobodyWasTold) {
  DieAt(Moment::kAfter);
  EXPECT_FALSE(told);
  EXPECT_EQ(store.objects().count("calm-otter"), 1u);
}

TEST_F(Deaths, InTheMiddleOfASlowCallLeavesNoTimerBehind) {
  gate.latency = Duration(1000);
  {
    TaskScope program(loop);
    program.Spawn(Make(store, told));
    loop.RunReady();
  }
  EXPECT_TRUE(loop.idle());
}

TEST(CallGateTest, AFailingCallHasNoEffectAndALostAnswerHas) {
  SimLoop loop;
  CallGate gate(loop);
  MemoryStore<Service> store(gate);
  gate.fails = 1;
  const auto failed = loop.Run(store.PutSpec(Named("a")));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(store.objects().empty());
  gate.fails = 0;
  gate.answer_lost = 1;
  EXPECT_FALSE(loop.Run(store.PutSpec(Named("a"))));
  EXPECT_EQ(store.objects().size(), 1u);
}

TEST(CallGateTest, HappensAboutAsOftenAsAsked) {
  SeededRandom random(5);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += Happens(random, 0.3);
  EXPECT_NEAR(hits, 3000, 200);
  EXPECT_FALSE(Happens(random, 0));
  EXPECT_TRUE(Happens(random, 1));
}

struct StaleReads : ::testing::Test {
  SimLoop loop;
  CallGate gate{loop};
  MemoryStore<Service> store{gate, {.stale = 0.5, .stale_writes = 2, .stale_time = Duration(100)}};

  void Write(const std::string& type) {
    auto service = Named("a");
    if (const auto it = store.objects().find("a"); it != store.objects().end()) {
      service = it->second;
    }
    service.spec.type = type;
    EXPECT_TRUE(loop.Run(store.PutSpec(service)));
  }
  std::set<std::string> Seen() {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
      const auto read = loop.Run(store.Get("a"));
      seen.insert(read ? read->spec.type : "absent");
    }
    return seen;
  }
};

TEST_F(StaleReads, ShowTheStatesOfTheLastFewWrites) {
  Write("1");
  EXPECT_EQ(Seen(), (std::set<std::string>{"absent", "1"}));
  Write("2");
  Write("3");
  EXPECT_EQ(Seen(), (std::set<std::string>{"1", "2", "3"})) << "two writes back, no further";
}

TEST_F(StaleReads, EndAfterTheirTime) {
  Write("1");
  Write("2");
  loop.RunFor(Duration(101));
  EXPECT_EQ(Seen(), std::set<std::string>{"2"});
}

TEST_F(StaleReads, CannotBeWrittenBackOver) {
  Write("1");
  Write("2");
  for (int i = 0; i < 100; ++i) {
    auto read = loop.Run(store.Get("a"));
    if (!read || read->spec.type == "2") continue;
    EXPECT_FALSE(loop.Run(store.PutSpec(*read)));
  }
  EXPECT_EQ(store.objects().at("a").spec.type, "2");
}

TEST_F(StaleReads, AlsoInLists) {
  Write("1");
  std::set<std::size_t> sizes;
  for (int i = 0; i < 100; ++i) {
    const auto page = loop.Run(store.List("", 10));
    ASSERT_TRUE(page);
    sizes.insert(page->items.size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{0, 1}));
}

TEST(MemoryStoreTest, YesterdaysCopyComesBackWithItsVersionsAndNewOnesGoOn) {
  SimLoop loop;
  CallGate gate(loop);
  MemoryStore<Service> store(gate);
  ASSERT_TRUE(loop.Run(store.PutSpec(Named("a"))));
  const auto yesterday = store.objects();
  const auto b = loop.Run(store.PutSpec(Named("b")));
  ASSERT_TRUE(b);
  const auto watch = store.Open();
  ASSERT_TRUE(loop.Run(watch->Next()));
  store.Restore(yesterday);
  EXPECT_EQ(store.objects().count("b"), 0u);
  const auto changes = loop.Run(watch->Next());
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->all);
  const auto again = loop.Run(store.PutSpec(Named("b")));
  ASSERT_TRUE(again);
  EXPECT_GT(again->meta.version, b->meta.version);
}

}  // namespace
}  // namespace kl::testing
