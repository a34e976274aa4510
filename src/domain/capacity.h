// How many instances fit on a machine: what it has, what is promised of it, and who waits for room.
//
// First in, first out: whoever asks gets room that is left after all who wait before it. So one who
// needs less may start earlier than one who needs more only if that delays nobody. Who needs more
// than there is in all waits apart from the line and holds nobody up. Pure, one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "domain/amounts.h"

namespace kl {

// Why there is no room.
struct Shortage {
  std::string resource;     // "memory"
  std::int64_t needed = 0;  // of it, beyond what the instance has already
  std::int64_t left = 0;    // of it, for this instance: after those who wait before it
  std::int64_t total = 0;   // what the machine has
  bool behind = false;      // it would fit if nobody waited before it
  bool never = false;       // it is more than the machine has in all
  std::string message;      // the same for a person, one line
};

class Capacity {
 public:
  // Older ones come first.
  struct Place {
    WallTime since{};
    std::string name;
    auto operator<=>(const Place&) const = default;
  };

  explicit Capacity(Amounts total) : total_(total) {}

  // Promises `need` instead of what `place.name` had before, or puts it into the line and says
  // what is missing. What asks for nothing more than it has always gets it.
  std::optional<Shortage> Ask(const Place& place, const Amounts& need);
  // Promises it whether or not there is room: it runs already.
  void Insist(const std::string& name, const Amounts& need);
  // It will ask for about this much, and nobody who came later is served before.
  void Expect(const Place& place, const Amounts& need);
  // Does not ask any more; what it has it keeps.
  void Leave(const std::string& name);
  // Needs nothing any more.
  void Drop(const std::string& name);

  // Those for whom there is room by now, in their order; each once, when things have changed since
  // the last call.
  std::vector<std::string> TurnsCome();

  bool Knows(const std::string& name) const;
  const Amounts& total() const { return total_; }
  const Amounts& promised() const { return promised_; }
  std::size_t waiting() const { return line_.size() + too_large_.size(); }
  // Left for whoever comes now, after all who wait; below zero when more is promised than there is.
  Amounts Left() const;
  // How many more instances of this size would start at once; nullopt: any number.
  std::optional<std::int64_t> RoomFor(const Amounts& need) const;

 private:
  const Amounts& Held(const std::string& name) const;
  Amounts LeftBefore(const Place* place) const;
  void Promise(const std::string& name, const Amounts& need);

  Amounts total_;
  Amounts promised_;  // the sum of held_
  std::map<std::string, Amounts> held_;
  std::map<Place, Amounts> line_;        // what each needs in all
  std::map<std::string, Place> places_;  // of those in line
  std::set<std::string> too_large_;      // need more than there is
  bool changed_ = false;
};

// Whether so much of a resource is promised that a person should know: `percent` of 100.
bool IsNearlyFull(std::int64_t total, std::int64_t promised, int percent);

}  // namespace kl
