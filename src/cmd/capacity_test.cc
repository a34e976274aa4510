#include "cmd/capacity.h"

#include <gtest/gtest.h>

namespace kl::cmd {
namespace {

constexpr std::int64_t kGi = std::int64_t{1} << 30;
constexpr Amounts kMachine{
    .cpu_millis = 2000, .memory_bytes = 10 * kGi, .storage_bytes = 100 * kGi};

TEST(CapacityOfMachine, CoresAreLentFourTimesAndMemoryOnce) {
  const auto capacity = CapacityOf({}, kMachine, true);
  ASSERT_TRUE(capacity);
  EXPECT_EQ(
      *capacity,
      (Amounts{.cpu_millis = 8000, .memory_bytes = 9 * kGi - kGi / 2, .storage_bytes = 95 * kGi}));
  EXPECT_EQ(CapacityOf({}, kMachine, false)->storage_bytes, 80 * kGi);
}

TEST(CapacityOfMachine, WhatIsConfiguredHolds) {
  Config config;
  config.capacity_cpu = "1500m";
  config.capacity_memory = "256Mi";
  config.capacity_storage = "unlimited";
  const auto capacity = CapacityOf(config, kMachine, true);
  ASSERT_TRUE(capacity);
  EXPECT_EQ(*capacity,
            (Amounts{.cpu_millis = 1500, .memory_bytes = 256 << 20, .storage_bytes = kUnlimited}));
}

TEST(CapacityOfMachine, AMistakeNamesItsKey) {
  Config config;
  config.capacity_memory = "plenty";
  const Status checked = CheckCapacity(config);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(checked.error().field, "capacity_memory");
}

TEST(CapacityOfMachine, ASmallMachineHasNoneRatherThanLess) {
  EXPECT_EQ(CapacityOf({}, {.memory_bytes = kGi / 4}, true)->memory_bytes, 0);
}

}  // namespace
}  // namespace kl::cmd
