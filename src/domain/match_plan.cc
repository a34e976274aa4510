#include <algorithm>

#include "domain/derive.h"

namespace kl {
namespace {

constexpr std::string_view kDefaultPlan = "default";

std::optional<PlanMatch> FindPlan(const std::vector<TemplateInfo>& templates,
                                  const std::string& id) {
  if (id.empty()) return std::nullopt;
  for (const auto& info : templates) {
    if (info.plans.contains(id)) return PlanMatch{info.type, id};
  }
  return std::nullopt;
}

}  // namespace

std::optional<PlanMatch> MatchPlan(const BillingSubscription& subscription,
                                   const std::vector<TemplateInfo>& templates) {
  if (templates.size() == 1 && templates[0].plans.empty()) return PlanMatch{templates[0].type, {}};
  // Not every provider says which item is the plan: where none is marked, any may be.
  const bool marked = std::ranges::any_of(subscription.items, &BillingItem::is_plan);
  for (const auto id : {&BillingItem::price_id, &BillingItem::item_id}) {
    for (const auto& item : subscription.items) {
      // "default" is a word of ours: a provider's item of that name is no way around the ids.
      if ((marked && !item.is_plan) || item.*id == kDefaultPlan) continue;
      if (auto match = FindPlan(templates, item.*id)) return match;
    }
  }
  return FindPlan(templates, std::string(kDefaultPlan));
}

Status CheckPlansDistinct(const std::vector<TemplateInfo>& templates) {
  std::map<std::string, std::string> owner;  // plan -> template
  for (const auto& info : templates) {
    for (const auto& [id, plan] : info.plans) {
      const auto [it, fresh] = owner.emplace(id, info.type);
      if (fresh) continue;
      return Fail(ErrorKind::kInvalid,
                  "x-kuberlogic-plans: plan '" + id + "' is named by template '" + it->second +
                      "' and by '" + info.type + "': remove it from one of them",
                  "x-kuberlogic-plans." + id);
    }
  }
  return {};
}

}  // namespace kl
