// Conditions: what stands in the way of an object, in Kubernetes' shape.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"

namespace kl {

struct Condition {
  std::string type;  // "Ready", "ProvisioningError", ... (see reasons.h)
  bool status = false;
  std::string reason;  // a word of the closed list in reasons.h
  std::string message;
  WallTime since{};  // last change of `status` or `reason`
  bool operator==(const Condition&) const = default;
};

// Sets the condition of that type; `since` moves only when status or reason change. Returns whether
// anything changed.
bool SetCondition(std::vector<Condition>& conditions, Condition next);
bool RemoveCondition(std::vector<Condition>& conditions, std::string_view type);
const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type);

}  // namespace kl
