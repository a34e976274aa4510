#include "cmd/capacity.h"

#include <algorithm>

namespace kl::cmd {
namespace {

constexpr std::int64_t kCpuLent = 4;
constexpr std::int64_t kMemoryReserve = std::int64_t{512} << 20;

// The configured amount of one resource; nullopt when none is.
struct Key {
  std::string_view name;
  std::string Config::* text;
  const Resource& resource;
};
const Key kKeys[] = {{"capacity_cpu", &Config::capacity_cpu, kResources[0]},
                     {"capacity_memory", &Config::capacity_memory, kResources[1]},
                     {"capacity_storage", &Config::capacity_storage, kResources[2]}};

Result<std::optional<std::int64_t>> Read(const Config& config, const Key& key) {
  const std::string& text = config.*key.text;
  if (text.empty()) return std::nullopt;
  if (text == "unlimited") return kUnlimited;
  const auto quantity = Quantity::Parse(text);
  if (!quantity) {
    const std::string name(key.name);
    return Fail(ErrorKind::kInvalid, name + ": " + quantity.error().message, name);
  }
  return key.resource.amount == &Amounts::cpu_millis ? quantity->millis() : quantity->value();
}

}  // namespace

Status CheckCapacity(const Config& config) {
  for (const Key& key : kKeys) KL_RETURN_IF_ERROR(Read(config, key));
  return {};
}

Result<Amounts> CapacityOf(const Config& config, const Amounts& has, bool pool) {
  Amounts out{.cpu_millis = has.cpu_millis * kCpuLent,
              .memory_bytes = std::max<std::int64_t>(0, has.memory_bytes / 10 * 9 - kMemoryReserve),
              .storage_bytes = has.storage_bytes / 100 * (pool ? 95 : 80)};
  for (const Key& key : kKeys) {
    KL_TRY(const std::optional<std::int64_t> configured, Read(config, key));
    if (configured) out.*key.resource.amount = *configured;
  }
  return out;
}

}  // namespace kl::cmd
