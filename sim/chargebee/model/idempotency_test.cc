#include "sim/chargebee/model/idempotency.h"

#include <gtest/gtest.h>

namespace kl::chargebee_sim {
namespace {

using Seen = IdempotencyStore::Seen;

TEST(IdempotencyTest, AReplayGetsTheStoredAnswer) {
  IdempotencyStore store;
  StoredAnswer answer;
  EXPECT_EQ(store.Check("k", "payload", 0, answer), Seen::kNew);
  store.Put("k", "payload", 0, {409, "body"});
  EXPECT_EQ(store.Check("k", "payload", 1000, answer), Seen::kReplay);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body, "body");
}

TEST(IdempotencyTest, AnotherPayloadUnderTheSameKeyIsRefused) {
  IdempotencyStore store;
  StoredAnswer answer;
  store.Put("k", "payload", 0, {200, "body"});
  EXPECT_EQ(store.Check("k", "other", 0, answer), Seen::kOtherPayload);
  EXPECT_EQ(store.Check("k2", "other", 0, answer), Seen::kNew);
}

TEST(IdempotencyTest, KeysLiveThirtyMinutes) {
  IdempotencyStore store;
  StoredAnswer answer;
  store.Put("k", "payload", 0, {200, "body"});
  EXPECT_EQ(store.Check("k", "payload", IdempotencyStore::kWindowMs - 1, answer), Seen::kReplay);
  EXPECT_EQ(store.Check("k", "payload", IdempotencyStore::kWindowMs, answer), Seen::kNew);
}

}  // namespace
}  // namespace kl::chargebee_sim
