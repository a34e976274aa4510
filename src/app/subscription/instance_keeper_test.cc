#include "app/subscription/instance_keeper.h"

#include "app/app_fixture.h"

namespace kl::app {
namespace {

struct KeeperTest : AppFixture {
  InstanceKeeper keeper{{loop, random, records, templates, timeline, settings}};

  Subscription Record(const std::string& id) {
    Subscription record = RecordOf(id);
    record.status.template_type = "app";
    record.status.observed.emplace();
    record.status.observed->key = record.spec.key;
    return record;
  }
  Result<std::optional<Service>> Ensure(Subscription& record) {
    Derived derived;
    return loop.Run(keeper.Ensure(record, derived));
  }
};

TEST_F(KeeperTest, TheNameIsInTheRecordBeforeAnythingIsCreated) {
  std::vector<std::string> order;
  gate.hook = [&](std::string_view call, testing::CallGate::Moment moment) {
    if (moment == testing::CallGate::Moment::kAfter && call == "store.put_spec") {
      order.push_back(!services.objects().empty()        ? "service"
                      : !names.objects().empty()         ? "claim"
                      : !subscriptions.objects().empty() ? "record"
                                                         : "nothing");
    }
    return true;
  };
  Subscription record = Record("a");
  ASSERT_TRUE(Ensure(record));
  EXPECT_EQ(order, (std::vector<std::string>{"record", "claim", "service"}));
}

TEST_F(KeeperTest, ASecondPassFindsTheSameInstance) {
  Subscription record = Record("a");
  const auto first = Ensure(record);
  ASSERT_TRUE(first && *first);
  const auto second = Ensure(record);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*first)->meta.uid, (*second)->meta.uid);
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(KeeperTest, APassThatBelievesItIsFirstIsRefusedByTheRecord) {
  Subscription one = Record("a");
  Subscription two = one;  // read before the other was stored
  ASSERT_TRUE(Ensure(one));
  EXPECT_EQ(testing::KindOf(Ensure(two)), ErrorKind::kConflict);
  EXPECT_EQ(services.objects().size(), 1u);
}

TEST_F(KeeperTest, AnInstanceFoundAtStartIsKnownToTheRecordThatOnlyLooksForIt) {
  Subscription record = Record("a");
  const auto made = Ensure(record);
  ASSERT_TRUE(made && *made);
  Found found;
  found.name = ServiceName((*made)->meta.name);
  found.uid = ServiceUid((*made)->meta.uid);
  found.subscription = (*made)->spec.subscription;
  keeper.SetFound({found});
  ASSERT_TRUE(loop.Run(keeper.Find(record)));
  EXPECT_TRUE(keeper.Orphans().empty());
}

TEST_F(KeeperTest, ItsOwnHostAtTheProviderIsTakenAgain) {
  Subscription record = Record("a");
  record.status.observed->domain = "HTTPS://Magnetic-Llama.apps.localhost/";
  const auto made = Ensure(record);
  ASSERT_TRUE(made && *made);
  EXPECT_EQ((*made)->meta.name, "magnetic-llama");
}

TEST_F(KeeperTest, AnothersHostAtTheProviderIsNot) {
  Subscription first = Record("a");
  const auto owner = Ensure(first);
  ASSERT_TRUE(owner && *owner);
  Subscription second = Record("b");
  second.status.observed->domain = "https://" + (*owner)->spec.domain;
  const auto made = Ensure(second);
  ASSERT_TRUE(made && *made);
  EXPECT_NE((*made)->meta.name, (*owner)->meta.name);
}

TEST_F(KeeperTest, AnInstanceThatOnlyTheEngineKnowsIsAdopted) {
  Found found;
  found.name = ServiceName("calm-otter");
  found.uid = ServiceUid(std::string(32, 'a'));
  found.subscription = "fake/main/a";
  keeper.SetFound({found});
  EXPECT_EQ(keeper.Orphans().size(), 1u);
  Subscription record = Record("a");
  const auto made = Ensure(record);
  ASSERT_TRUE(made && *made);
  EXPECT_EQ((*made)->meta.name, "calm-otter");
  EXPECT_EQ((*made)->meta.uid, std::string(32, 'a'));
  EXPECT_TRUE(keeper.Orphans().empty());
}

TEST_F(KeeperTest, AnotherInstanceOfASubscriptionThatHasOneStaysAnOrphan) {
  Subscription record = Record("a");
  ASSERT_TRUE(Ensure(record));
  Found found;
  found.name = ServiceName("calm-otter");
  found.uid = ServiceUid(std::string(32, 'a'));
  found.subscription = "fake/main/a";
  keeper.SetFound({found});
  const auto again = Ensure(record);
  ASSERT_TRUE(again && *again);
  EXPECT_NE((*again)->meta.uid, std::string(32, 'a'));
  EXPECT_EQ(keeper.Orphans().size(), 1u) << "somebody has to look at it";
}

TEST_F(KeeperTest, WhatAnOperatorRemovedIsNotMadeAgain) {
  Subscription record = Record("a");
  const auto made = Ensure(record);
  ASSERT_TRUE(made && *made);
  NameClaim claim = names.objects().at((*made)->meta.name);
  claim.status.released_at = loop.Now();
  ASSERT_TRUE(loop.Run(names.PutStatus(claim)));
  ASSERT_TRUE(loop.Run(services.Remove((*made)->meta.name, (*made)->meta.version)));
  const auto again = Ensure(record);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_TRUE(services.objects().empty());
}

TEST_F(KeeperTest, KilledBetweenAnyTwoCallsItEndsWithOneInstance) {
  for (int calls = 1; calls < 40; ++calls) {
    const std::string id = "sub" + std::to_string(calls);
    int left = calls;
    gate.hook = [&left](std::string_view, testing::CallGate::Moment) { return --left > 0; };
    struct Pass {
      static Task<void> Run(KeeperTest& test, Subscription record) {
        Derived derived;
        auto made = co_await test.keeper.Ensure(record, derived);
        EXPECT_TRUE(made);
      }
    };
    {
      TaskScope program(loop);
      program.Spawn(Pass::Run(*this, Record(id)));
      loop.RunReady();
    }
    gate.hook = nullptr;
    Subscription record = Record(id);
    const auto stored = subscriptions.objects().find(record.meta.name);
    if (stored != subscriptions.objects().end()) record = stored->second;
    record.status.template_type = "app";
    if (!record.status.observed) record.status.observed.emplace();
    ASSERT_TRUE(Ensure(record)) << "killed at call " << calls;
    int instances = 0;
    for (const auto& [name, service] : services.objects()) {
      instances += service.spec.subscription == "fake/main/" + id;
    }
    EXPECT_EQ(instances, 1) << "killed at call " << calls;
  }
}

}  // namespace
}  // namespace kl::app
