#include "domain/conditions.h"

namespace kl {

bool SetCondition(std::vector<Condition>& conditions, Condition next) {
  const auto it = std::ranges::find(conditions, next.type, &Condition::type);
  if (it == conditions.end()) {
    conditions.push_back(std::move(next));
    return true;
  }
  if (it->status == next.status && it->reason == next.reason) {
    if (it->message == next.message) return false;
    it->message = std::move(next.message);
    return true;
  }
  *it = std::move(next);
  return true;
}

bool RemoveCondition(std::vector<Condition>& conditions, std::string_view type) {
  return std::erase_if(conditions, [&](const Condition& c) { return c.type == type; }) > 0;
}

const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto it = std::ranges::find(conditions, type, &Condition::type);
  return it == conditions.end() ? nullptr : &*it;
}

}  // namespace kl
