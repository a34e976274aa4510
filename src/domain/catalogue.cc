#include "domain/catalogue.h"

#include <algorithm>

namespace kl {
namespace {

constexpr std::int64_t kSmallestSize = 1 << 20;  // no instance runs in less

BillingSubscription OrderOf(const Catalogue& catalogue, const Catalogue::Price& price) {
  BillingSubscription order;
  order.items.push_back({.price_id = price.id,
                         .item_id = catalogue.orders_name_items ? price.item_id : "",
                         .is_plan = true});
  return order;
}

// As orders are: by the price's id alone.
bool Ignored(const Catalogue::Price& price, const Expectation& expected) {
  return expected.ignored_plans.contains(price.id);
}

bool Sold(const Catalogue& catalogue, const std::string& plan) {
  return std::ranges::any_of(catalogue.plans, [&](const Catalogue::Price& price) {
    return price.id == plan || (catalogue.orders_name_items && price.item_id == plan);
  });
}

std::string Counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

// Features without which some plan of `info` has no value of its own.
std::set<std::string> NeededFeatures(TemplateInfo info, const Expectation& expected) {
  std::set<std::string> needed;
  info.parameters.clear();  // they have defaults: a feature may set them, none must
  for (const MappingRule& rule : expected.mapping) {
    if (expected.mapping_is_explicit || NeedsEntitlements(info, {rule}, false))
      needed.insert(rule.src);
  }
  return needed;
}

bool HasValue(const Catalogue& catalogue, const Catalogue::Price& price, const std::string& id) {
  return std::ranges::any_of(catalogue.entitlements, [&](const Catalogue::Entitlement& each) {
    return each.feature_id == id && (each.entity_id == price.id || each.entity_id == price.item_id);
  });
}

// Which plans lack a value of a feature that their template needs.
std::string PlansWithout(const Catalogue& catalogue, const Expectation& expected,
                         const std::string& feature) {
  std::string lacking;
  for (const Catalogue::Price& price : catalogue.plans) {
    const auto match = MatchPlan(OrderOf(catalogue, price), expected.templates);
    if (!match || Ignored(price, expected)) continue;
    for (const TemplateInfo& info : expected.templates) {
      if (info.type != match->type || !NeededFeatures(info, expected).contains(feature)) continue;
      if (!HasValue(catalogue, price, feature)) lacking += (lacking.empty() ? "" : ", ") + price.id;
    }
  }
  return lacking;
}

// What is wrong with the values of a feature that sets a limit; empty when nothing is. Bare numbers
// are bytes, which nobody means.
std::string WrongValues(const Catalogue& catalogue, const Expectation& expected,
                        const std::string& id) {
  const auto rule = std::ranges::find(expected.mapping, id, &MappingRule::src);
  if (rule == expected.mapping.end() || !rule->dst.starts_with("limits.")) return {};
  const bool in_bytes = rule->dst != "limits.cpu";
  std::string wrong;
  for (const Catalogue::Entitlement& each : catalogue.entitlements) {
    if (each.feature_id != id || each.value.empty()) continue;
    const auto quantity = Quantity::Parse(each.value);
    if (quantity && (!in_bytes || quantity->value() >= kSmallestSize)) continue;
    wrong += (wrong.empty() ? "'" : ", '") + each.value + "' of " + each.entity_id;
  }
  return wrong;
}

Finding CheckFeature(const Catalogue& catalogue, const Expectation& expected,
                     const std::string& id) {
  Finding finding{.item = "feature " + id, .verdict = Verdict::kBad};
  const auto found = std::ranges::find(catalogue.features, id, &Catalogue::Feature::id);
  if (found == catalogue.features.end()) {
    finding.detail = "does not exist at the provider";
    finding.remedy = "create it with the id " + id + ", or take it out of the mapping";
    return finding;
  }
  if (!found->active) {
    finding.detail = "is a draft or archived: it entitles nobody";
    finding.remedy = "publish the feature";
    return finding;
  }
  const std::string lacking = PlansWithout(catalogue, expected, id);
  if (!lacking.empty()) {
    finding.detail = "has no value for " + lacking;
    finding.remedy = "give each of these plans an entitlement to it";
    return finding;
  }
  if (const std::string wrong = WrongValues(catalogue, expected, id); !wrong.empty()) {
    finding.detail = "has values that are no size: " + wrong;
    finding.remedy = "write them with their unit, as in 5Gi or 512Mi (cpu: 500m or 2)";
    return finding;
  }
  return {.item = finding.item, .detail = "exists, and every plan has a value of it"};
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood: return "good";
    case Verdict::kBad: return "bad";
    case Verdict::kHint: return "hint";
    case Verdict::kSkipped: return "skipped";
  }
  return "bad";
}

std::vector<Finding> ComparePlans(const Catalogue& catalogue, const Expectation& expected) {
  std::vector<Finding> findings;
  if (Status distinct = CheckPlansDistinct(expected.templates); !distinct) {
    findings.push_back(
        {"plans", Verdict::kBad, distinct.error().message, "name each plan in one template only"});
  }
  if (expected.templates.empty()) {
    return {{"plans", Verdict::kSkipped,
             Counted(catalogue.plans.size(), "plan") + " sold; not compared without a template",
             ""}};
  }
  if (catalogue.plans.empty()) {
    findings.push_back({"plans", Verdict::kBad, "the provider sells no plan",
                        "create a plan with a price, its id as the template names it"});
    return findings;
  }
  std::size_t served = 0;
  for (const TemplateInfo& info : expected.templates) {
    for (const auto& [id, plan] : info.plans) {
      if (id == "default" || Sold(catalogue, id)) continue;
      findings.push_back({"plan " + id, Verdict::kBad,
                          "the template names it, the provider does not sell it",
                          "create a plan price with the id " + id +
                              ", or correct x-kuberlogic-plans of the template"});
    }
  }
  for (const Catalogue::Price& price : catalogue.plans) {
    const bool ours = MatchPlan(OrderOf(catalogue, price), expected.templates).has_value();
    served += ours ? 1 : 0;
    if (ours || Ignored(price, expected)) continue;
    findings.push_back({"plan " + price.id, Verdict::kBad,
                        "the provider sells it, no template names it: its orders would wait",
                        "name it in x-kuberlogic-plans, or in billing_ignore if it is not ours"});
  }
  if (findings.empty())
    findings.push_back({"plans", Verdict::kGood, Counted(served, "plan") + " sold and served", ""});
  return findings;
}

std::vector<Finding> CompareFeatures(const Catalogue& catalogue, const Expectation& expected) {
  if (expected.templates.empty())
    return {{"features", Verdict::kSkipped, "not compared without a template", ""}};
  std::set<std::string> needed;
  for (const TemplateInfo& info : expected.templates) needed.merge(NeededFeatures(info, expected));
  std::vector<Finding> findings;
  for (const std::string& id : needed) findings.push_back(CheckFeature(catalogue, expected, id));
  if (findings.empty()) {
    findings.push_back({"features", Verdict::kGood,
                        "none is needed: the plans of the template give every size", ""});
  }
  return findings;
}

}  // namespace kl
