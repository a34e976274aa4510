// Amounts of what a machine has and instances are promised.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "domain/quantity.h"

namespace kl {

struct AppSpec;

struct Amounts {
  std::int64_t cpu_millis = 0;  // thousandths of a core
  std::int64_t memory_bytes = 0;
  std::int64_t storage_bytes = 0;
  bool operator==(const Amounts&) const = default;
};

// Of a machine: as much as anybody asks for.
inline constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

// The three, for whoever does the same with each.
struct Resource {
  std::string_view name;  // "cpu", "memory", "storage"
  std::int64_t Amounts::* amount;
};
inline constexpr std::array<Resource, 3> kResources{{{"cpu", &Amounts::cpu_millis},
                                                     {"memory", &Amounts::memory_bytes},
                                                     {"storage", &Amounts::storage_bytes}}};

// What running it may take: the sum of its members' limits; of a member without one, what it
// reserves.
Amounts AmountsOf(const AppSpec& spec);
// The same of limits alone, as long as nothing is rendered.
Amounts AmountsOf(const Limits& limits);

// For a person: "1500m", "512Mi", to the nearest whole Mi; "-3Mi" when more is promised than there
// is, "unlimited".
std::string Show(const Resource& resource, std::int64_t amount);

}  // namespace kl
