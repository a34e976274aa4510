// MemoryHints: the twin of Hints. What was added outlives the program that added it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ports/hints.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

class MemoryHints : public Hints {
 public:
  explicit MemoryHints(CallGate& gate) : gate_(gate), added_(gate.loop()) {}

  Task<Status> Add(std::vector<Hint> hints) override;
  Task<Result<std::vector<PendingHint>>> Pending(std::string after, int limit) override;
  Task<Status> Done(std::string ticket) override;
  Task<void> Wait() override;

  // Hints not done, merged ones counted each.
  std::size_t size() const;

  // Whether any hint about the same thing waits.
  bool Waits(const Hint& hint) const {
    return by_key_.contains({hint.kind, hint.provider, hint.site, hint.id});
  }

  // Yesterday's copy put back. Numbers go on from the present one: none is given twice.
  struct Content;
  Content content() const;
  void Restore(Content content);

 private:
  using Key = std::tuple<HintKind, std::string, std::string, std::string>;
  struct Item {
    std::uint64_t number = 0;
    Hint hint;
    WallTime received{};
  };
  using Items = std::deque<Item>;

  static PendingHint Merge(const Items& items);

  CallGate& gate_;
  Event added_;
  std::uint64_t last_number_ = 0;
  std::map<Key, Items> by_key_;
  std::map<std::uint64_t, Key> by_newest_;  // number of a key's newest hint
};

struct MemoryHints::Content {
  std::map<Key, Items> by_key;
  std::map<std::uint64_t, Key> by_newest;
};

inline MemoryHints::Content MemoryHints::content() const { return {by_key_, by_newest_}; }

inline void MemoryHints::Restore(Content content) {
  by_key_ = std::move(content.by_key);
  by_newest_ = std::move(content.by_newest);
  added_.Set();
}

}  // namespace kl::testing
