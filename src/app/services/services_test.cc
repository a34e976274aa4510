#include "app/services/services.h"

#include "app/app_fixture.h"

namespace kl::app {
namespace {

struct ServicesTest : AppFixture {
  Services verbs{{loop, random, records, templates, history, settings}};

  Service Wish(const std::string& name) {
    Service wish;
    wish.meta.name = name;
    wish.spec.type = "app";
    return wish;
  }
  Result<Service> Add(Service wish) { return loop.Run(verbs.Add(std::move(wish), Actor{})); }
  Result<Service> Edit(const std::string& name, ServicePatch patch) {
    return loop.Run(verbs.Edit(name, std::move(patch), Actor{}));
  }
};

TEST_F(ServicesTest, AddMakesRecordClaimAndAudit) {
  const auto added = Add(Wish("my-shop"));
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(added->spec.domain, "my-shop.apps.localhost");
  EXPECT_EQ(added->spec.template_digest, templates.Current("app")->digest().str());
  EXPECT_EQ(names.objects().at("my-shop").spec.service_uid, added->meta.uid);
  HistoryQuery query;
  query.stream = "audit";
  EXPECT_EQ(loop.Run(history.Read(query))->size(), 1u);
}

TEST_F(ServicesTest, WhatCannotBeAddedNamesItsField) {
  ASSERT_TRUE(Add(Wish("taken")));
  Service unknown_type = Wish("a-shop");
  unknown_type.spec.type = "nothing";
  Service bad_domain = Wish("b-shop");
  bad_domain.spec.domain = "no host at all";
  Service replicas = Wish("c-shop");
  replicas.spec.replicas = 3;
  const struct {
    Service wish;
    ErrorKind kind;
    std::string field;
  } cases[] = {
      {Wish("taken"), ErrorKind::kConflict, "id"}, {Wish("kube-system"), ErrorKind::kInvalid, "id"},
      {Wish("Upper"), ErrorKind::kInvalid, "id"},  {unknown_type, ErrorKind::kInvalid, "type"},
      {bad_domain, ErrorKind::kInvalid, "domain"}, {replicas, ErrorKind::kInvalid, "replicas"}};
  for (const auto& each : cases) {
    const auto added = Add(each.wish);
    EXPECT_EQ(testing::KindOf(added), each.kind) << each.wish.meta.name;
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().field, each.field) << added.error().message;
  }
}

TEST_F(ServicesTest, AnAddThatWasKilledAfterItsClaimIsFinishedByTheNext) {
  NameClaim claim;
  claim.meta.name = "my-shop";
  claim.spec = {.subscription = "manual/u1", .service_uid = "u1"};
  ASSERT_TRUE(loop.Run(names.PutSpec(claim)));
  Service another = Wish("my-shop");
  another.spec.subscription = "fake/main/a";
  EXPECT_EQ(testing::KindOf(Add(another)), ErrorKind::kConflict) << "the name is not its own";
  const auto added = Add(Wish("my-shop"));
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(added->meta.uid, "u1") << "what was claimed is what is made";
  EXPECT_EQ(testing::KindOf(Add(Wish("my-shop"))), ErrorKind::kConflict);
}

TEST_F(ServicesTest, AParameterNothingReadsIsRefused) {
  Service wish = Wish("my-shop");
  wish.spec.advanced["colour"] = Value("red");
  const auto refused = Add(wish);
  ASSERT_EQ(testing::KindOf(refused), ErrorKind::kInvalid);
  EXPECT_EQ(refused.error().field, "advanced.colour");
  ASSERT_TRUE(Add(Wish("my-shop")));
  ServicePatch patch;
  patch.advanced = ValueMap{{"colour", Value("red")}};
  const auto edited = Edit("my-shop", patch);
  ASSERT_EQ(testing::KindOf(edited), ErrorKind::kInvalid);
  EXPECT_EQ(edited.error().field, "advanced.colour");
}

TEST_F(ServicesTest, OneSubscriptionHasOneService) {
  Service first = Wish("one-shop");
  first.spec.subscription = "fake/main/a";
  Service second = Wish("two-shop");
  second.spec.subscription = "fake/main/a";
  ASSERT_TRUE(Add(first));
  const auto refused = Add(second);
  ASSERT_EQ(testing::KindOf(refused), ErrorKind::kConflict);
  EXPECT_EQ(refused.error().field, "subscription");
}

TEST_F(ServicesTest, ANameIsFreeAgainAfter400Days) {
  NameClaim claim;
  claim.meta.name = "used-name";
  claim.spec.subscription = "fake/main/gone";
  auto stored = loop.Run(names.PutSpec(claim));
  ASSERT_TRUE(stored);
  stored->status.released_at = loop.Now();
  ASSERT_TRUE(loop.Run(names.PutStatus(*stored)));
  loop.RunFor(std::chrono::hours(24 * 399));
  EXPECT_EQ(testing::KindOf(Add(Wish("used-name"))), ErrorKind::kConflict);
  loop.RunFor(std::chrono::hours(48));
  const auto added = Add(Wish("used-name"));
  ASSERT_TRUE(added) << testing::MessageOf(added);
  EXPECT_EQ(names.objects().at("used-name").spec.service_uid, added->meta.uid);
  EXPECT_FALSE(names.objects().at("used-name").status.released_at);
}

TEST_F(ServicesTest, PausingTwiceIsOneSuspensionAndOnlyThatOneIsLifted) {
  Service wish = Wish("my-shop");
  wish.spec.suspensions.push_back({.reason = SuspensionReason::kBilling});
  ASSERT_TRUE(Add(wish));
  ServicePatch pause;
  pause.paused = true;
  ASSERT_TRUE(Edit("my-shop", pause));
  auto paused = Edit("my-shop", pause);
  ASSERT_TRUE(paused);
  EXPECT_EQ(paused->spec.suspensions.size(), 2u);
  pause.paused = false;
  const auto resumed = Edit("my-shop", pause);
  ASSERT_TRUE(resumed);
  ASSERT_EQ(resumed->spec.suspensions.size(), 1u);
  EXPECT_EQ(resumed->spec.suspensions[0].reason, SuspensionReason::kBilling);
}

TEST_F(ServicesTest, AnOperatorsLimitIsMarkedAsOverridden) {
  ASSERT_TRUE(Add(Wish("my-shop")));
  ServicePatch patch;
  patch.cpu = Quantity::FromMillis(750);
  const auto edited = Edit("my-shop", patch);
  ASSERT_TRUE(edited) << testing::MessageOf(edited);
  EXPECT_EQ(edited->spec.overridden, std::vector<std::string>{"limits.cpu"});
}

TEST_F(ServicesTest, StorageDoesNotShrinkAndFixedFieldsStay) {
  Service wish = Wish("my-shop");
  wish.spec.limits.storage = Quantity::FromBytes(std::int64_t{4} << 30);
  ASSERT_TRUE(Add(wish));
  ServicePatch smaller;
  smaller.storage = Quantity::FromBytes(std::int64_t{1} << 30);
  ServicePatch type;
  type.type = "other";
  ServicePatch subscription;
  subscription.subscription = "fake/main/x";
  for (const auto& [patch, field] : {std::pair(smaller, "limits.storage"), std::pair(type, "type"),
                                     std::pair(subscription, "subscription")}) {
    const auto refused = Edit("my-shop", patch);
    ASSERT_EQ(testing::KindOf(refused), ErrorKind::kInvalid) << field;
    EXPECT_EQ(refused.error().field, field);
  }
}

TEST_F(ServicesTest, AnEditSurvivesOthersWritingInBetween) {
  ASSERT_TRUE(Add(Wish("my-shop")));
  services.faults().stale = 0.6;
  for (int i = 0; i < 20; ++i) {
    ServicePatch patch;
    patch.paused = i % 2 == 0;
    const auto edited = Edit("my-shop", patch);
    if (!edited) {
      EXPECT_EQ(edited.error().kind, ErrorKind::kConflict);
      continue;
    }
  }
  EXPECT_LE(services.objects().at("my-shop").spec.suspensions.size(), 1u);
}

TEST_F(ServicesTest, DeleteOnlyMarksAndMayBeRepeated) {
  ASSERT_TRUE(Add(Wish("my-shop")));
  ASSERT_TRUE(loop.Run(verbs.Delete("my-shop", Actor{})));
  ASSERT_TRUE(loop.Run(verbs.Delete("my-shop", Actor{})));
  EXPECT_TRUE(services.objects().at("my-shop").spec.deleting);
  EXPECT_EQ(testing::KindOf(loop.Run(verbs.Delete("nobody", Actor{}))), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace kl::app
