#include "app/provision/admissions.h"

#include <algorithm>

#include "base/log.h"

namespace kl::app {
namespace {

Capacity::Place PlaceOf(const Service& service) {
  return {service.meta.created, service.meta.name};
}

Amounts StorageOf(const Amounts& whole) { return {.storage_bytes = whole.storage_bytes}; }

bool RunsByItsRecord(const Service& service) {
  const auto& admitted = service.status.admitted;
  if (admitted) return admitted->runs;
  // Of a program that kept no promises: what was handed to the engine and not stopped since.
  return service.status.milestones.applied_at && service.status.phase != "Paused";
}

std::string Percent(std::int64_t promised, std::int64_t total) {
  if (total <= 0) return "all";
  return std::to_string(static_cast<std::int64_t>(static_cast<double>(promised) * 100 /
                                                  static_cast<double>(total))) +
         "%";
}

}  // namespace

Derived WishOf(const Service::Spec& spec) {
  return {.plan = spec.plan,
          .limits = spec.limits,
          .version = spec.version,
          .parameters = spec.advanced};
}

void Admissions::Recall(const Service& service) {
  if (capacity_.Knows(service.meta.name)) return;
  const auto& admitted = service.status.admitted;
  if (admitted || service.status.milestones.applied_at) {
    const Amounts all = admitted ? admitted->promised : AmountsOf(service.spec.limits);
    capacity_.Insist(service.meta.name, RunsByItsRecord(service) ? all : StorageOf(all));
  }
  if (service.spec.deleting || !service.spec.suspensions.empty() || RunsByItsRecord(service))
    return;
  capacity_.Expect(PlaceOf(service), AmountsOf(service.spec.limits));
}

void Admissions::Admit(Service& service, const Amounts& need) {
  service.status.admitted = {.derived = WishOf(service.spec), .promised = need, .runs = true};
  WarnOnce();
}

std::optional<Shortage> Admissions::Ask(Service& service, const Amounts& need) {
  if (!service.status.admitted && RunsByItsRecord(service)) {
    Insist(service, need);
    return std::nullopt;
  }
  if (auto shortage = capacity_.Ask(PlaceOf(service), need)) return shortage;
  Admit(service, need);
  return std::nullopt;
}

void Admissions::Insist(Service& service, const Amounts& need) {
  capacity_.Insist(service.meta.name, need);
  Admit(service, need);
}

void Admissions::Park(Service& service) {
  auto& admitted = service.status.admitted;
  if (!admitted && service.status.milestones.applied_at) {
    admitted = {.derived = WishOf(service.spec), .promised = AmountsOf(service.spec.limits)};
  }
  if (!admitted) return capacity_.Drop(service.meta.name);
  admitted->promised = StorageOf(admitted->promised);
  admitted->runs = false;
  capacity_.Insist(service.meta.name, admitted->promised);
}

std::vector<std::string> Admissions::Warnings() const {
  std::vector<std::string> lines;
  for (const Resource& each : kResources) {
    const std::int64_t total = capacity_.total().*each.amount;
    const std::int64_t promised = capacity_.promised().*each.amount;
    if (!IsNearlyFull(total, promised, warn_percent_)) continue;
    lines.push_back(std::string(each.name) + ": " + Percent(promised, total) + " of " +
                    Show(each, total) + " is promised");
  }
  return lines;
}

void Admissions::WarnOnce() {
  std::vector<std::string> full;
  for (const Resource& each : kResources) {
    const std::string name(each.name);
    if (!IsNearlyFull(capacity_.total().*each.amount, capacity_.promised().*each.amount,
                      warn_percent_)) {
      continue;
    }
    full.push_back(name);
    if (std::ranges::find(warned_of_, name) != warned_of_.end()) continue;
    Log(LogLevel::kWarn, "the machine is nearly full: further orders may have to wait",
        {{"resource", name},
         {"promised", Show(each, capacity_.promised().*each.amount)},
         {"total", Show(each, capacity_.total().*each.amount)}});
  }
  warned_of_ = std::move(full);
}

}  // namespace kl::app
