// A site on a clock that only tests move. For tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {

class SiteFixture : public testing::Test {
 protected:
  static constexpr Seconds kStart = 1'767'225'600;  // 2026-01-01 00:00 UTC
  static constexpr Seconds kDay = 86'400;

  explicit SiteFixture(SiteOptions options = {})
      : site_(std::move(options), random_, [this] { return time_; }) {}

  // A paying customer of the starter plan.
  const Subscription* Buy(NewSubscription wanted = {}) {
    if (wanted.items.empty()) wanted.items.push_back({"starter-USD-monthly"});
    if (wanted.customer.card == Card::kNone && wanted.customer.auto_collection) {
      wanted.customer.card = Card::kValid;
    }
    wanted.customer.email = "jane@example.com";
    auto made = site_.Create(std::move(wanted), api_);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : nullptr;
  }

  // Types of the events since the last call.
  std::vector<std::string> NewEvents() {
    std::vector<std::string> types;
    for (const Event& event : site_.events()) {
      if (event.sequence > seen_) types.push_back(event.type);
    }
    if (!site_.events().empty()) seen_ = site_.events().back().sequence;
    return types;
  }

  void Days(int days) { site_.Advance(std::chrono::hours(24) * days); }

  SeededRandom random_{7};
  WallTime time_{Duration(kStart * 1000)};
  Site site_;
  Origin api_;
  std::uint64_t seen_ = 0;
};

}  // namespace kl::chargebee_sim
