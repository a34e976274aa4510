#include "domain/derive.h"

#include <algorithm>

#include "domain/parameter.h"

namespace kl {
namespace {

constexpr std::string_view kAdvanced = "advanced.";
constexpr std::string_view kParameters = "parameters.";

// The parameter that `dst` names, empty when it is none: "advanced.max_users", "parameters.x".
std::string_view ParameterOf(std::string_view dst) {
  for (const auto prefix : {kAdvanced, kParameters}) {
    if (dst.starts_with(prefix)) return dst.substr(prefix.size());
  }
  return {};
}

std::optional<Quantity>* LimitOf(Limits& limits, std::string_view dst) {
  if (dst == "limits.cpu") return &limits.cpu;
  if (dst == "limits.memory") return &limits.memory;
  if (dst == "limits.storage") return &limits.storage;
  return nullptr;
}

std::string DestinationOf(const Mapping& mapping, const std::string& feature) {
  const auto rule = std::ranges::find(mapping, feature, &MappingRule::src);
  return rule != mapping.end() ? rule->dst : std::string(kAdvanced) + feature;
}

// The stronger figure wins, an absent one leaves the weaker.
void Overlay(Derived& derived, const Plan& plan) {
  if (plan.limits.cpu) derived.limits.cpu = plan.limits.cpu;
  if (plan.limits.memory) derived.limits.memory = plan.limits.memory;
  if (plan.limits.storage) derived.limits.storage = plan.limits.storage;
  if (plan.version) derived.version = plan.version;
  for (const auto& [name, value] : plan.parameters) derived.parameters[name] = value;
}

const Plan* PlanOf(const TemplateInfo& info, const std::string& id) {
  const auto it = id.empty() ? info.plans.end() : info.plans.find(id);
  return it == info.plans.end() ? nullptr : &it->second;
}

// Looked up like plans, price before item; the order of the keys decides between two of them.
void OverlayAddons(Derived& derived, const BillingSubscription& subscription,
                   const TemplateInfo& info) {
  std::map<std::string, const Plan*> addons;
  for (const auto& item : subscription.items) {
    for (const auto* id : {&item.price_id, &item.item_id}) {
      const Plan* addon = *id == derived.plan || *id == "default" ? nullptr : PlanOf(info, *id);
      if (item.is_plan || addon == nullptr) continue;
      addons.emplace(*id, addon);
      break;
    }
  }
  for (const auto& [id, addon] : addons) Overlay(derived, *addon);
}

Status ApplyEntitlement(Derived& derived, const Entitlement& entitlement, const TemplateInfo& info,
                        const std::string& dst) {
  const auto bad = [&](Error error) {
    return Fail(error.kind, "feature '" + entitlement.feature + "': " + error.message,
                entitlement.feature);
  };
  if (auto* limit = LimitOf(derived.limits, dst)) {
    auto quantity = Quantity::Parse(entitlement.value);
    if (!quantity) return bad(std::move(quantity).error());
    *limit = *std::move(quantity);
    return {};
  }
  if (dst == "version") {
    derived.version = entitlement.value;
    return {};
  }
  const std::string name(ParameterOf(dst));
  if (name.empty()) {
    return bad({ErrorKind::kInvalid, "the mapping names '" + dst +
                                         "': write limits.cpu, limits.memory, limits.storage, "
                                         "version or advanced.<parameter>"});
  }
  // The parameter's own type is applied to all of them at the end; here only to name the feature.
  Value value(entitlement.value);
  if (const auto it = info.parameters.find(name); it != info.parameters.end()) {
    auto converted = ConvertParameter(it->second, value);
    if (!converted) return bad(std::move(converted).error());
    value = *std::move(converted);
  }
  derived.parameters[name] = std::move(value);
  return {};
}

Status ConvertAll(ValueMap& parameters, const TemplateInfo& info) {
  for (auto& [name, value] : parameters) {
    const auto it = info.parameters.find(name);
    if (it == info.parameters.end()) continue;
    auto converted = ConvertParameter(it->second, value);
    if (!converted) {
      const std::string field = std::string(kParameters) + name;
      return Fail(ErrorKind::kInvalid, field + ": " + converted.error().message, field);
    }
    value = *std::move(converted);
  }
  return {};
}

bool PlansGive(const TemplateInfo& info, auto&& gives) {
  return std::ranges::any_of(info.plans, [&](const auto& plan) { return gives(plan.second); });
}

}  // namespace

Mapping DefaultMapping() { return {{"volume_size", "limits.storage"}}; }

Result<Derived> Derive(const BillingSubscription& subscription,
                       const std::vector<Entitlement>& entitlements, const TemplateInfo& info,
                       const PlanMatch& match, const Mapping& mapping) {
  Derived derived;
  derived.plan = match.plan;
  for (const auto& [name, parameter] : info.parameters) {
    if (!parameter.default_value.is_null()) derived.parameters[name] = parameter.default_value;
  }
  if (const Plan* plan = PlanOf(info, match.plan)) Overlay(derived, *plan);
  OverlayAddons(derived, subscription, info);
  for (const auto& entitlement : entitlements) {
    if (!entitlement.enabled) continue;
    const std::string dst = DestinationOf(mapping, entitlement.feature);
    KL_RETURN_IF_ERROR(ApplyEntitlement(derived, entitlement, info, dst));
  }
  KL_RETURN_IF_ERROR(ConvertAll(derived.parameters, info));
  return derived;
}

bool NeedsEntitlements(const TemplateInfo& info, const Mapping& mapping, bool mapping_is_explicit) {
  if (mapping_is_explicit && !mapping.empty()) return true;
  for (const auto& rule : mapping) {
    if (rule.dst == "limits.storage" && !info.has_volumes) continue;
    const bool given = PlansGive(info, [&](const Plan& plan) {
      Limits limits = plan.limits;
      const auto* limit = LimitOf(limits, rule.dst);
      if (limit != nullptr) return limit->has_value();
      if (rule.dst == "version") return plan.version.has_value();
      return plan.parameters.contains(std::string(ParameterOf(rule.dst)));
    });
    if (!given) return true;
  }
  return std::ranges::any_of(info.parameters, [&](const auto& parameter) {
    return !PlansGive(info,
                      [&](const Plan& plan) { return plan.parameters.contains(parameter.first); });
  });
}

}  // namespace kl
