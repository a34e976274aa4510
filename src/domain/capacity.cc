#include "domain/capacity.h"

#include <algorithm>

namespace kl {
namespace {

constexpr Amounts kNothing;

// What is asked for beyond what is had; nothing where less is asked for.
Amounts Beyond(const Amounts& need, const Amounts& held) {
  Amounts out;
  for (const Resource& each : kResources) {
    out.*each.amount = std::max<std::int64_t>(0, need.*each.amount - held.*each.amount);
  }
  return out;
}

void Subtract(Amounts& from, const Amounts& what) {
  for (const Resource& each : kResources) {
    if (from.*each.amount != kUnlimited) from.*each.amount -= what.*each.amount;
  }
}

// The first resource of which more is needed than is left. What is not needed cannot be missing.
const Resource* Missing(const Amounts& need, const Amounts& left) {
  for (const Resource& each : kResources) {
    if (need.*each.amount > 0 && need.*each.amount > left.*each.amount) return &each;
  }
  return nullptr;
}

Shortage Tell(Shortage shortage, const Resource& resource) {
  const std::string what = "needs " + Show(resource, shortage.needed) + " of " + shortage.resource;
  const std::string total = Show(resource, shortage.total);
  if (shortage.never) {
    shortage.message = what + ", more than the " + total + " there are in all";
  } else if (shortage.behind) {
    shortage.message = what + ", which those who wait before it are to have";
  } else {
    shortage.message = what + ", " + Show(resource, std::max<std::int64_t>(0, shortage.left)) +
                       " of " + total + " is not promised to others";
  }
  return shortage;
}

}  // namespace

const Amounts& Capacity::Held(const std::string& name) const {
  const auto it = held_.find(name);
  return it == held_.end() ? kNothing : it->second;
}

// Before nobody: after the whole line.
Amounts Capacity::LeftBefore(const Place* place) const {
  Amounts left = total_;
  Subtract(left, promised_);
  for (const auto& [other, need] : line_) {
    if (place && !(other < *place)) break;
    Subtract(left, Beyond(need, Held(other.name)));
  }
  return left;
}

Amounts Capacity::Left() const { return LeftBefore(nullptr); }

bool Capacity::Knows(const std::string& name) const {
  return held_.contains(name) || places_.contains(name) || too_large_.contains(name);
}

void Capacity::Promise(const std::string& name, const Amounts& need) {
  const Amounts before = Held(name);
  for (const Resource& each : kResources) {
    promised_.*each.amount += need.*each.amount - before.*each.amount;
  }
  if (before != need) changed_ = true;
  if (need == kNothing) {
    held_.erase(name);
  } else {
    held_[name] = need;
  }
}

std::optional<Shortage> Capacity::Ask(const Place& place, const Amounts& need) {
  const Amounts more = Beyond(need, Held(place.name));
  if (more == kNothing) {
    Insist(place.name, need);
    return std::nullopt;
  }
  if (const Resource* lacks = Missing(need, total_)) {
    Leave(place.name);
    too_large_.insert(place.name);
    return Tell({.resource = std::string(lacks->name),
                 .needed = need.*lacks->amount,
                 .total = total_.*lacks->amount,
                 .never = true},
                *lacks);
  }
  const Amounts left = LeftBefore(&place);
  const Resource* lacks = Missing(more, left);
  if (lacks == nullptr) {
    Insist(place.name, need);
    return std::nullopt;
  }
  Expect(place, need);
  Amounts alone = total_;
  Subtract(alone, promised_);
  return Tell({.resource = std::string(lacks->name),
               .needed = more.*lacks->amount,
               .left = left.*lacks->amount,
               .total = total_.*lacks->amount,
               .behind = Missing(more, alone) == nullptr},
              *lacks);
}

void Capacity::Insist(const std::string& name, const Amounts& need) {
  Leave(name);
  Promise(name, need);
}

void Capacity::Expect(const Place& place, const Amounts& need) {
  const auto known = places_.find(place.name);
  if (known != places_.end() && known->second == place && line_.at(place) == need) return;
  Leave(place.name);
  places_[place.name] = place;
  line_[place] = need;
}

void Capacity::Leave(const std::string& name) {
  too_large_.erase(name);
  const auto it = places_.find(name);
  if (it == places_.end()) return;
  line_.erase(it->second);
  places_.erase(it);
  changed_ = true;
}

void Capacity::Drop(const std::string& name) {
  Leave(name);
  Promise(name, kNothing);
}

std::vector<std::string> Capacity::TurnsCome() {
  std::vector<std::string> names;
  if (!std::exchange(changed_, false)) return names;
  Amounts left = total_;
  Subtract(left, promised_);
  for (const auto& [place, need] : line_) {
    const Amounts more = Beyond(need, Held(place.name));
    if (Missing(more, left) == nullptr) names.push_back(place.name);
    Subtract(left, more);
  }
  return names;
}

std::optional<std::int64_t> Capacity::RoomFor(const Amounts& need) const {
  const Amounts left = Left();
  std::optional<std::int64_t> room;
  for (const Resource& each : kResources) {
    if (need.*each.amount <= 0 || left.*each.amount == kUnlimited) continue;
    const std::int64_t fits = std::max<std::int64_t>(0, left.*each.amount / need.*each.amount);
    if (!room || fits < *room) room = fits;
  }
  return room;
}

bool IsNearlyFull(std::int64_t total, std::int64_t promised, int percent) {
  if (total == kUnlimited) return false;
  return static_cast<double>(promised) * 100 >= static_cast<double>(total) * percent;
}

}  // namespace kl
