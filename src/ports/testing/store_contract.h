// What every Store and its watch must do. See contract.h for the Backend.
#pragma once

#include <set>

#include "ports/store.h"
#include "ports/testing/contract.h"

namespace kl::testing {

template <class Backend>
class StoreContract : public ::testing::Test {
 protected:
  Store<Service>& store() { return backend_.template store<Service>(); }
  auto Get(std::string name) {
    backend_.Settle();
    return backend_.Run(store().Get(std::move(name)));
  }
  auto PutSpec(Service service) { return backend_.Run(store().PutSpec(std::move(service))); }
  auto PutStatus(Service service) { return backend_.Run(store().PutStatus(std::move(service))); }
  auto Remove(std::string name, std::uint64_t version) {
    return backend_.Run(store().Remove(std::move(name), version));
  }
  auto List(std::string after, int limit) {
    backend_.Settle();
    return backend_.Run(store().List(std::move(after), limit));
  }

  static Service Named(std::string name) {
    Service service;
    service.meta.name = std::move(name);
    service.spec.type = "shop";
    return service;
  }
  Service Create(std::string name) {
    auto created = PutSpec(Named(std::move(name)));
    EXPECT_TRUE(created) << MessageOf(created);
    return created.value_or(Service());
  }

  Backend backend_;
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, AbsentObjectIsNotFound) {
  EXPECT_EQ(KindOf(this->Get("calm-otter")), ErrorKind::kNotFound);
}

TYPED_TEST_P(StoreContract, CreationSetsVersionGenerationUidAndTime) {
  const auto before = this->backend_.loop().Now();
  const Service made = this->Create("calm-otter");
  EXPECT_EQ(made.meta.name, "calm-otter");
  EXPECT_NE(made.meta.version, 0u);
  EXPECT_EQ(made.meta.generation, 1u);
  EXPECT_EQ(made.meta.uid.size(), 32u);
  EXPECT_GE(made.meta.created, before);
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec, made.spec);
  EXPECT_EQ(read->meta.version, made.meta.version);
  EXPECT_EQ(read->meta.uid, made.meta.uid);
  EXPECT_EQ(read->meta.created, made.meta.created);
}

TYPED_TEST_P(StoreContract, CreationKeepsTheUidAndStatusItIsGiven) {
  Service wanted = this->Named("calm-otter");
  wanted.meta.uid = "0123456789abcdef0123456789abcdef";
  wanted.status.phase = "NotReady";
  KL_ASSERT_OK(this->PutSpec(wanted));
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->meta.uid, wanted.meta.uid);
  EXPECT_EQ(read->status.phase, "NotReady");
}

TYPED_TEST_P(StoreContract, CreationOverAnExistingNameIsAConflictAndChangesNothing) {
  const Service first = this->Create("calm-otter");
  Service second = this->Named("calm-otter");
  second.spec.type = "other";
  EXPECT_EQ(KindOf(this->PutSpec(second)), ErrorKind::kConflict);
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec.type, "shop");
  EXPECT_EQ(read->meta.uid, first.meta.uid);
  EXPECT_EQ(read->meta.version, first.meta.version);
}

TYPED_TEST_P(StoreContract, SpecIsWrittenWithTheVersionThatWasRead) {
  Service service = this->Create("calm-otter");
  service.status.phase = "ignored";
  service.spec.type = "blog";
  const auto written = this->PutSpec(service);
  KL_ASSERT_OK(written);
  EXPECT_NE(written->meta.version, service.meta.version);
  EXPECT_EQ(written->meta.generation, 2u);
  EXPECT_EQ(written->meta.uid, service.meta.uid);
  EXPECT_EQ(written->spec.type, "blog");
  EXPECT_EQ(written->status.phase, "Unknown") << "a write of the spec must not touch the status";
}

TYPED_TEST_P(StoreContract, AnEqualSpecDoesNotGrowTheGeneration) {
  const Service service = this->Create("calm-otter");
  const auto written = this->PutSpec(service);
  KL_ASSERT_OK(written);
  EXPECT_EQ(written->meta.generation, 1u);
}

TYPED_TEST_P(StoreContract, StatusIsWrittenAloneAndKeepsTheGeneration) {
  Service service = this->Create("calm-otter");
  service.spec.type = "ignored";
  service.status.phase = "Ready";
  service.status.conditions = {
      {"Ready", true, "Ready", "all is well", this->backend_.loop().Now()}};
  const auto written = this->PutStatus(service);
  KL_ASSERT_OK(written);
  EXPECT_NE(written->meta.version, service.meta.version);
  EXPECT_EQ(written->meta.generation, 1u);
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec.type, "shop") << "a write of the status must not touch the spec";
  EXPECT_EQ(read->status, service.status);
}

TYPED_TEST_P(StoreContract, AWriteWithAnOldVersionIsAConflictAndChangesNothing) {
  Service old = this->Create("calm-otter");
  Service other = old;
  other.spec.type = "blog";
  KL_ASSERT_OK(this->PutSpec(other));
  old.spec.type = "lost";
  old.status.phase = "lost";
  EXPECT_EQ(KindOf(this->PutSpec(old)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(this->PutStatus(old)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(this->Remove("calm-otter", old.meta.version)), ErrorKind::kConflict);
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec.type, "blog");
  EXPECT_EQ(read->status.phase, "Unknown");
}

TYPED_TEST_P(StoreContract, SpecAndStatusShareOneVersion) {
  const Service read = this->Create("calm-otter");
  KL_ASSERT_OK(this->PutStatus(read));
  EXPECT_EQ(KindOf(this->PutSpec(read)), ErrorKind::kConflict);
}

TYPED_TEST_P(StoreContract, RemovalNeedsTheVersionThatWasRead) {
  const Service service = this->Create("calm-otter");
  EXPECT_EQ(KindOf(this->Remove("calm-otter", service.meta.version + 1)), ErrorKind::kConflict);
  KL_ASSERT_OK(this->Remove("calm-otter", service.meta.version));
  EXPECT_EQ(KindOf(this->Get("calm-otter")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(this->Remove("calm-otter", service.meta.version)), ErrorKind::kNotFound);
}

TYPED_TEST_P(StoreContract, WritesToARemovedObjectAreConflicts) {
  const Service service = this->Create("calm-otter");
  KL_ASSERT_OK(this->Remove("calm-otter", service.meta.version));
  EXPECT_EQ(KindOf(this->PutSpec(service)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(this->PutStatus(service)), ErrorKind::kConflict);
}

TYPED_TEST_P(StoreContract, ARecreatedObjectSharesNoVersionAndNoUidWithTheOldOne) {
  const Service first = this->Create("calm-otter");
  KL_ASSERT_OK(this->Remove("calm-otter", first.meta.version));
  const Service second = this->Create("calm-otter");
  EXPECT_NE(second.meta.uid, first.meta.uid);
  EXPECT_NE(second.meta.version, first.meta.version);
  EXPECT_EQ(KindOf(this->PutSpec(first)), ErrorKind::kConflict);
  EXPECT_EQ(KindOf(this->Remove("calm-otter", first.meta.version)), ErrorKind::kConflict);
}

TYPED_TEST_P(StoreContract, ListIsInOrderOfNameAndComesInPages) {
  for (const char* name : {"c", "a", "e", "b", "d"}) this->Create(name);
  std::vector<std::string> names;
  std::string after;
  int pages = 0;
  do {
    const auto page = this->List(after, 2);
    KL_ASSERT_OK(page);
    EXPECT_LE(page->items.size(), 2u);
    for (const auto& item : page->items) names.push_back(item.meta.name);
    after = page->next;
    ASSERT_LE(++pages, 4);
  } while (!after.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TYPED_TEST_P(StoreContract, ListOfNothingIsOneEmptyPage) {
  const auto page = this->List("", 100);
  KL_ASSERT_OK(page);
  EXPECT_TRUE(page->items.empty());
  EXPECT_TRUE(page->next.empty());
}

TYPED_TEST_P(StoreContract, ListGoesOnAfterANameThatWasRemovedMeanwhile) {
  for (const char* name : {"a", "b", "c"}) this->Create(name);
  const auto first = this->List("", 1);
  KL_ASSERT_OK(first);
  KL_ASSERT_OK(this->Remove("a", first->items.at(0).meta.version));
  const auto rest = this->List(first->next, 100);
  KL_ASSERT_OK(rest);
  ASSERT_EQ(rest->items.size(), 2u);
  EXPECT_EQ(rest->items[0].meta.name, "b");
}

TYPED_TEST_P(StoreContract, OfManyConcurrentCreationsExactlyOneWins) {
  std::vector<Task<Result<Service>>> attempts;
  for (int i = 0; i < 20; ++i) attempts.push_back(this->store().PutSpec(this->Named("calm-otter")));
  auto& loop = this->backend_.loop();
  const auto results = this->backend_.Run(WhenAll(loop, std::move(attempts)));
  int won = 0;
  for (const auto& result : results) {
    won += result.has_value();
    if (!result) {
      EXPECT_EQ(result.error().kind, ErrorKind::kConflict);
    }
  }
  EXPECT_EQ(won, 1);
}

namespace store_contract {
// Adds one to a counter as the loops do: read, write, and again on conflict.
inline Task<int> Increment(Store<Service>& store) {
  int tries = 0;
  while (true) {
    ++tries;
    auto service = co_await store.Get("calm-otter");
    if (!service) continue;
    ++service->status.restarts;
    const auto written = co_await store.PutStatus(*std::move(service));
    if (written || tries > 10'000) co_return tries;
  }
}
}  // namespace store_contract

TYPED_TEST_P(StoreContract, NoConcurrentUpdateIsLost) {
  this->Create("calm-otter");
  std::vector<Task<int>> writers;
  for (int i = 0; i < 10; ++i) writers.push_back(store_contract::Increment(this->store()));
  this->backend_.Run(WhenAll(this->backend_.loop(), std::move(writers)));
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->status.restarts, 10);
}

TYPED_TEST_P(StoreContract, EveryKindKeepsItsOwnNames) {
  this->Create("calm-otter");
  NameClaim claim;
  claim.meta.name = "calm-otter";
  claim.spec.subscription = "p/s/1";
  auto& claims = this->backend_.template store<NameClaim>();
  KL_ASSERT_OK(this->backend_.Run(claims.PutSpec(claim)));
  Site site;
  site.meta.name = "calm-otter";
  KL_ASSERT_OK(this->backend_.Run(this->backend_.template store<Site>().PutSpec(site)));
  this->backend_.Settle();
  const auto read = this->backend_.Run(claims.Get("calm-otter"));
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec, claim.spec);
}

TYPED_TEST_P(StoreContract, ASubscriptionComesBackAsItWasWritten) {
  Subscription record;
  record.spec.key = {"p", "s", "Case-Sensitive"};
  record.meta.name = NameOf(record.spec.key).str();
  auto& status = record.status;
  status.observed = BillingSubscription{.key = record.spec.key, .raw_status = "active"};
  status.observed->items = {{"basic-USD", "basic", true, 2}};
  status.observed->version = 1700000000123;
  status.derived = Derived{.plan = "basic", .version = "6.1"};
  status.derived->limits.cpu = Quantity::FromMillis(250);
  status.derived->parameters = {{"users", Value(5)}, {"nested", Value(ValueMap{{"a", Value()}})}};
  status.publication.state = PublicationState::kOwed;
  status.publication.owed_since = this->backend_.loop().Now();
  status.events = {{"ev_1", "subscription_created", this->backend_.loop().Now()}};
  auto& store = this->backend_.template store<Subscription>();
  KL_ASSERT_OK(this->backend_.Run(store.PutSpec(record)));
  this->backend_.Settle();
  const auto read = this->backend_.Run(store.Get(record.meta.name));
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->spec, record.spec);
  EXPECT_EQ(read->status, record.status);
}

TYPED_TEST_P(StoreContract, WhatWasAcknowledgedIsThereAfterARestart) {
  const Service made = this->Create("calm-otter");
  const Service gone = this->Create("wise-owl");
  KL_ASSERT_OK(this->Remove("wise-owl", gone.meta.version));
  this->backend_.Reopen();
  const auto read = this->Get("calm-otter");
  KL_ASSERT_OK(read);
  EXPECT_EQ(read->meta.version, made.meta.version);
  EXPECT_EQ(read->meta.uid, made.meta.uid);
  EXPECT_EQ(KindOf(this->Get("wise-owl")), ErrorKind::kNotFound);
  const Service again = this->Create("wise-owl");
  EXPECT_NE(again.meta.version, gone.meta.version) << "a version must not be given twice";
}

REGISTER_TYPED_TEST_SUITE_P(
    StoreContract, AbsentObjectIsNotFound, CreationSetsVersionGenerationUidAndTime,
    CreationKeepsTheUidAndStatusItIsGiven, CreationOverAnExistingNameIsAConflictAndChangesNothing,
    SpecIsWrittenWithTheVersionThatWasRead, AnEqualSpecDoesNotGrowTheGeneration,
    StatusIsWrittenAloneAndKeepsTheGeneration, AWriteWithAnOldVersionIsAConflictAndChangesNothing,
    SpecAndStatusShareOneVersion, RemovalNeedsTheVersionThatWasRead,
    WritesToARemovedObjectAreConflicts, ARecreatedObjectSharesNoVersionAndNoUidWithTheOldOne,
    ListIsInOrderOfNameAndComesInPages, ListOfNothingIsOneEmptyPage,
    ListGoesOnAfterANameThatWasRemovedMeanwhile, OfManyConcurrentCreationsExactlyOneWins,
    NoConcurrentUpdateIsLost, EveryKindKeepsItsOwnNames, ASubscriptionComesBackAsItWasWritten,
    WhatWasAcknowledgedIsThereAfterARestart);

}  // namespace kl::testing
