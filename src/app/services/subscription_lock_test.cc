// A service made by hand for a subscription, while the subscription has an order of its own.
#include "app/app_fixture.h"
#include "app/services/services.h"

namespace kl::app {
namespace {

struct SubscriptionLockTest : AppFixture {
  Services verbs{{loop, random, records, templates, history, settings}};

  Result<Service> Add(const std::string& name, const std::string& subscription) {
    Service wish;
    wish.meta.name = name;
    wish.spec.type = "app";
    wish.spec.subscription = subscription;
    return loop.Run(verbs.Add(std::move(wish), Actor{}));
  }
  // The record as the subscription loop leaves it when it has chosen a name.
  void Choose(const std::string& id, const std::string& service) {
    Subscription record = RecordOf(id);
    record.status.service = service;
    record.status.service_uid = "u1";
    ASSERT_TRUE(loop.Run(subscriptions.PutSpec(record)));
  }
  void ClaimIt(const std::string& id, const std::string& service, bool released) {
    NameClaim claim;
    claim.meta.name = service;
    claim.spec = {.subscription = ToString(RecordOf(id).spec.key), .service_uid = "u1"};
    if (released) claim.status.released_at = loop.Now();
    ASSERT_TRUE(loop.Run(names.PutSpec(claim)));
  }
};

TEST_F(SubscriptionLockTest, ItsRecordNamesTheServiceMadeByHand) {
  const auto added = Add("my-shop", "fake/main/Sub1");
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(Stored("Sub1").status.service, "my-shop");
  EXPECT_EQ(Stored("Sub1").status.service_uid, added->meta.uid);
  EXPECT_EQ(Stored("Sub1").spec.key, RecordOf("Sub1").spec.key);
}

TEST_F(SubscriptionLockTest, ARecordThatHasNoServiceYetKeepsWhatItKnows) {
  Subscription record = RecordOf("Sub1");
  record.status.trace = "t1";
  ASSERT_TRUE(loop.Run(subscriptions.PutSpec(record)));
  ASSERT_TRUE(Add("my-shop", "fake/main/Sub1"));
  EXPECT_EQ(Stored("Sub1").status.service, "my-shop");
  EXPECT_EQ(Stored("Sub1").status.trace, "t1");
}

TEST_F(SubscriptionLockTest, ANameThatWasChosenForItsOrderIsItsService) {
  Choose("Sub1", "amber-falcon");
  const auto refused = Add("my-shop", "fake/main/Sub1");
  ASSERT_EQ(testing::KindOf(refused), ErrorKind::kConflict) << "the service itself comes later";
  EXPECT_EQ(refused.error().field, "subscription");
  EXPECT_TRUE(services.objects().empty());
  EXPECT_TRUE(names.objects().empty());
}

TEST_F(SubscriptionLockTest, ANameThatIsChosenMeanwhileIsItsServiceToo) {
  gate.hook = [this](std::string_view call, testing::CallGate::Moment moment) {
    // Behind the verb's look at the record, before it is stored.
    if (call == "store.put_spec" && moment == testing::CallGate::Moment::kBefore) {
      gate.hook = nullptr;
      Choose("Sub1", "amber-falcon");
    }
    return true;
  };
  EXPECT_EQ(testing::KindOf(Add("my-shop", "fake/main/Sub1")), ErrorKind::kConflict);
  EXPECT_EQ(Stored("Sub1").status.service, "amber-falcon");
  EXPECT_TRUE(services.objects().empty());
}

TEST_F(SubscriptionLockTest, WhatWasBegunUnderThisNameIsFinishedWithItsUid) {
  Choose("Sub1", "my-shop");
  ClaimIt("Sub1", "my-shop", false);
  const auto added = Add("my-shop", "fake/main/Sub1");
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(added->meta.uid, "u1");
}

TEST_F(SubscriptionLockTest, AfterARemovalAnotherMayBeMadeByHand) {
  Choose("Sub1", "amber-falcon");
  ClaimIt("Sub1", "amber-falcon", true);
  const auto added = Add("my-shop", "fake/main/Sub1");
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(Stored("Sub1").status.service, "my-shop");
  EXPECT_NE(added->meta.uid, "u1");
}

TEST_F(SubscriptionLockTest, ASubscriptionThatIsNoKeyIsRefused) {
  const auto refused = Add("my-shop", "Sub1");
  ASSERT_EQ(testing::KindOf(refused), ErrorKind::kInvalid);
  EXPECT_EQ(refused.error().field, "subscription");
}

}  // namespace
}  // namespace kl::app
