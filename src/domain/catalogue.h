// What a billing provider sells, held against what the templates expect: which plans nobody serves,
// which nobody sells, which features are missing. Pure; `kuberlogic billing check` prints it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "domain/derive.h"

namespace kl {

// One line of a check.
enum class Verdict {
  kGood,
  kBad,      // orders would fail: the remedy says what to do
  kHint,     // cannot be seen from here, or is a matter of taste
  kSkipped,  // not looked at, because of what is said before
};
std::string_view VerdictName(Verdict verdict);  // "good", "bad", "hint", "skipped"

struct Finding {
  std::string item;  // "plan starter-USD-monthly"
  Verdict verdict = Verdict::kGood;
  std::string detail;
  std::string remedy;  // empty when nothing is to be done
  bool operator==(const Finding&) const = default;
};

// Only what can still be bought.
struct Catalogue {
  struct Price {
    std::string id;
    std::string item_id;
  };
  struct Feature {
    std::string id;
    bool active = true;  // a draft entitles nobody
  };
  struct Entitlement {
    std::string entity_id;  // price or item
    std::string feature_id;
    std::string value;  // "5Gi"
  };
  // Whether an order tells its item besides the price: else templates can name prices only.
  bool orders_name_items = false;
  std::vector<Price> plans;
  std::vector<Feature> features;
  std::vector<Entitlement> entitlements;
};

struct Expectation {
  std::vector<TemplateInfo> templates;
  std::set<std::string> ignored_plans;  // `billing_ignore`
  Mapping mapping;
  bool mapping_is_explicit = false;
};

// Every plan of the templates is sold, every plan sold is served or ignored. One finding when all
// is well, else one for each plan that is not. Without a template there is nothing to compare.
std::vector<Finding> ComparePlans(const Catalogue& catalogue, const Expectation& expected);

// Every feature the mapping needs exists, is active, and every plan that is served has a value of
// it, one that a limit can have.
std::vector<Finding> CompareFeatures(const Catalogue& catalogue, const Expectation& expected);

}  // namespace kl
