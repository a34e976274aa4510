#include "app/explain/room.h"

namespace kl::app {
namespace {

constexpr std::int64_t kStorageDefault = std::int64_t{1} << 30;

// Without rendering: plans divide their figures among the services; a plan that leaves one out
// counts as needing nothing of it.
Amounts NeedOf(const TemplateInfo& info, const Plan& plan) {
  Amounts need = AmountsOf(plan.limits);
  if (!info.has_volumes) need.storage_bytes = 0;
  if (info.has_volumes && !plan.limits.storage) need.storage_bytes = kStorageDefault;
  return need;
}

}  // namespace

RoomReport LookAtRoom(const Admissions& admissions, const Templates* templates, Machine* machine) {
  RoomReport report;
  const Capacity& capacity = admissions.capacity();
  std::optional<Amounts> used;
  if (machine) {
    if (auto answer = machine->Used()) used = *answer;
  }
  for (const Resource& each : kResources) {
    ResourceRoom room{.resource = std::string(each.name),
                      .total = capacity.total().*each.amount,
                      .promised = capacity.promised().*each.amount};
    if (used) room.used = (*used).*each.amount;
    report.resources.push_back(std::move(room));
  }
  const auto infos = templates ? templates->Infos() : std::vector<TemplateInfo>{};
  for (const TemplateInfo& info : infos) {
    for (const auto& [name, plan] : info.plans) {
      const Amounts need = NeedOf(info, plan);
      report.plans.push_back({info.type, name, need, capacity.RoomFor(need)});
    }
  }
  report.waiting = static_cast<std::int64_t>(capacity.waiting());
  report.warnings = admissions.Warnings();
  return report;
}

}  // namespace kl::app
