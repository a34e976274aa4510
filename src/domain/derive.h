// From a subscription's items and entitlements to what its instance should be.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/objects.h"

namespace kl {

// {src: feature id, dst: dotted service field}; a feature without a rule goes to advanced[<feature
// id>].
struct MappingRule {
  std::string src;
  std::string dst;
};
using Mapping = std::vector<MappingRule>;
Mapping DefaultMapping();  // volume_size -> limits.storage

struct PlanMatch {
  std::string type;  // template
  std::string plan;  // key of TemplateInfo::plans; empty when the template has no plans at all
};

// Which template and plan serve this subscription. Rules (docs/architecture.md, "Ownership"): a
// price id beats an item id beats "default"; with exactly one template and no plans in it every
// subscription is ours; otherwise nullopt = unmatched. Two templates naming one plan is refused
// when templates are loaded, see CheckPlansDistinct.
std::optional<PlanMatch> MatchPlan(const BillingSubscription& subscription,
                                   const std::vector<TemplateInfo>& templates);
Status CheckPlansDistinct(const std::vector<TemplateInfo>& templates);

// Parameter defaults < plan < add-ons < entitlements through the mapping. Entitlement values are
// strings: they convert by the type of their destination; what does not convert is kInvalid with
// the feature's name in `field`. A disabled entitlement is as if absent. Parameters outside their
// declared bounds are kInvalid.
Result<Derived> Derive(const BillingSubscription& subscription,
                       const std::vector<Entitlement>& entitlements, const TemplateInfo& info,
                       const PlanMatch& match, const Mapping& mapping);

// Whether Derive() can depend on entitlements at all: some feature is mapped or a parameter is
// declared that no plan gives. Without it none are read (one provider call less an order).
bool NeedsEntitlements(const TemplateInfo& info, const Mapping& mapping, bool mapping_is_explicit);

// Copies into `spec` every derived field that differs between `before` and `now` and is not
// overridden; the first time
// (`before` empty) all of them. Returns whether anything changed. A smaller storage than the
// present one is not applied.
bool ApplyDerived(const std::optional<Derived>& before, const Derived& now, Service::Spec& spec);

// Digest of everything a decision depends on; `version` and the domain field are not part of it.
std::string ContentDigest(const BillingSubscription& subscription,
                          const std::vector<Entitlement>& entitlements);

}  // namespace kl
