// What every SecretStore must do. See contract.h for the Backend; it names secrets().
#pragma once

#include "ports/store.h"
#include "ports/testing/contract.h"

namespace kl::testing {

template <class Backend>
class SecretStoreContract : public ::testing::Test {
 protected:
  using Entry = SecretStore::Entry;

  auto Get(std::string uid) {
    return backend_.Run(backend_.secrets().Get(ServiceUid(std::move(uid))));
  }
  auto Put(std::string uid, Entry entry) {
    return backend_.Run(backend_.secrets().Put(ServiceUid(std::move(uid)), std::move(entry)));
  }
  static Entry With(std::string value) {
    Entry entry;
    entry.values.emplace("key", SecretString(std::move(value)));
    return entry;
  }

  Backend backend_;
};

TYPED_TEST_SUITE_P(SecretStoreContract);

TYPED_TEST_P(SecretStoreContract, AbsentIsAnEmptyEntryOfVersionZero) {
  const auto entry = this->Get("u1");
  KL_ASSERT_OK(entry);
  EXPECT_EQ(entry->version, 0u);
  EXPECT_TRUE(entry->values.empty());
}

TYPED_TEST_P(SecretStoreContract, WhatWasPutIsRead) {
  auto wanted = this->With("s3cret");
  wanted.values.emplace("binary", SecretString(std::string("\0\xff\n'\"", 5)));
  wanted.values.emplace("empty", SecretString());
  const auto put = this->Put("u1", wanted);
  KL_ASSERT_OK(put);
  EXPECT_NE(put->version, 0u);
  const auto entry = this->Get("u1");
  KL_ASSERT_OK(entry);
  EXPECT_EQ(entry->version, put->version);
  ASSERT_EQ(entry->values.size(), 3u);
  EXPECT_EQ(entry->values.at("key").Reveal(), "s3cret");
  EXPECT_EQ(entry->values.at("binary").Reveal(), std::string("\0\xff\n'\"", 5));
  EXPECT_EQ(entry->values.at("empty").Reveal(), "");
}

TYPED_TEST_P(SecretStoreContract, AnotherVersionThanThePresentIsAConflict) {
  const auto first = this->Put("u1", this->With("one"));
  KL_ASSERT_OK(first);
  EXPECT_EQ(KindOf(this->Put("u1", this->With("two"))), ErrorKind::kConflict);
  auto next = *first;
  next.values.insert_or_assign("key", SecretString("two"));
  KL_ASSERT_OK(this->Put("u1", next));
  EXPECT_EQ(KindOf(this->Put("u1", next)), ErrorKind::kConflict) << "that version was used up";
  EXPECT_EQ(this->Get("u1")->values.at("key").Reveal(), "two");
}

TYPED_TEST_P(SecretStoreContract, ACreationOfAnAbsentOneNeedsVersionZero) {
  auto entry = this->With("one");
  entry.version = 7;
  EXPECT_EQ(KindOf(this->Put("u1", entry)), ErrorKind::kConflict);
}

TYPED_TEST_P(SecretStoreContract, InstancesAreApart) {
  KL_ASSERT_OK(this->Put("u1", this->With("one")));
  KL_ASSERT_OK(this->Put("u2", this->With("two")));
  EXPECT_EQ(this->Get("u1")->values.at("key").Reveal(), "one");
  EXPECT_EQ(this->Get("u2")->values.at("key").Reveal(), "two");
}

TYPED_TEST_P(SecretStoreContract, RemovedSecretsAreGoneAndRemovingNothingIsNoError) {
  KL_ASSERT_OK(this->Put("u1", this->With("one")));
  for (int i = 0; i < 2; ++i) {
    KL_ASSERT_OK(this->backend_.Run(this->backend_.secrets().Remove(ServiceUid("u1"))));
  }
  const auto entry = this->Get("u1");
  KL_ASSERT_OK(entry);
  EXPECT_EQ(entry->version, 0u);
  EXPECT_TRUE(entry->values.empty());
}

TYPED_TEST_P(SecretStoreContract, SecretsSurviveARestart) {
  const auto put = this->Put("u1", this->With("one"));
  KL_ASSERT_OK(put);
  this->backend_.Reopen();
  const auto entry = this->Get("u1");
  KL_ASSERT_OK(entry);
  EXPECT_EQ(entry->version, put->version);
  EXPECT_EQ(entry->values.at("key").Reveal(), "one");
}

REGISTER_TYPED_TEST_SUITE_P(SecretStoreContract, AbsentIsAnEmptyEntryOfVersionZero,
                            WhatWasPutIsRead, AnotherVersionThanThePresentIsAConflict,
                            ACreationOfAnAbsentOneNeedsVersionZero, InstancesAreApart,
                            RemovedSecretsAreGoneAndRemovingNothingIsNoError,
                            SecretsSurviveARestart);

}  // namespace kl::testing
