#include "domain/amounts.h"

#include <cstdlib>

#include "domain/app_spec.h"

namespace kl {
namespace {

constexpr std::int64_t kMi = 1 << 20;

std::int64_t LimitOr(std::int64_t limit, std::int64_t reserved) {
  return limit > 0 ? limit : reserved;
}

}  // namespace

Amounts AmountsOf(const AppSpec& spec) {
  Amounts sum{.storage_bytes = spec.storage_bytes};
  for (const Member& member : spec.members) {
    sum.cpu_millis += LimitOr(member.cpu_millis, member.cpu_reserved_millis);
    sum.memory_bytes += LimitOr(member.memory_bytes, member.memory_reserved_bytes);
  }
  return sum;
}

Amounts AmountsOf(const Limits& limits) {
  return {.cpu_millis = limits.cpu ? limits.cpu->millis() : 0,
          .memory_bytes = limits.memory ? limits.memory->value() : 0,
          .storage_bytes = limits.storage ? limits.storage->value() : 0};
}

std::string Show(const Resource& resource, std::int64_t amount) {
  if (amount == kUnlimited) return "unlimited";
  const std::int64_t size = std::abs(amount);
  const std::string sign = amount < 0 ? "-" : "";
  if (resource.amount == &Amounts::cpu_millis) return sign + Quantity::FromMillis(size).text();
  return sign + Quantity::FromBytes(size < kMi ? size : (size + kMi / 2) / kMi * kMi).text();
}

}  // namespace kl
