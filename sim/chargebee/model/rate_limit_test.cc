#include "sim/chargebee/model/rate_limit.h"

#include <gtest/gtest.h>

namespace kl::chargebee_sim {
namespace {

using std::chrono::seconds;

TEST(RateLimitTest, RefusesUntilTheWindowEnds) {
  RateLimit limit(2);
  const MonoTime start{seconds(100)};
  EXPECT_EQ(limit.Refuse(start), std::nullopt);
  EXPECT_EQ(limit.Refuse(start + seconds(10)), std::nullopt);
  EXPECT_EQ(limit.Refuse(start + seconds(20)), Duration(seconds(40)));
  EXPECT_EQ(limit.Refuse(start + seconds(60)), std::nullopt);
}

TEST(RateLimitTest, ZeroIsNoLimit) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.Refuse(MonoTime{}), std::nullopt);
}

TEST(RateLimitTest, AChangeBeginsANewWindow) {
  RateLimit limit(1);
  EXPECT_EQ(limit.Refuse(MonoTime{}), std::nullopt);
  EXPECT_NE(limit.Refuse(MonoTime{}), std::nullopt);
  limit.Set(1);
  EXPECT_EQ(limit.Refuse(MonoTime{}), std::nullopt);
}

}  // namespace
}  // namespace kl::chargebee_sim
