#include "ports/testing/memory_hints.h"

#include <algorithm>
#include <charconv>

namespace kl::testing {
namespace {

constexpr std::size_t kEventsKept = 10;

struct Ticket {
  std::uint64_t oldest = 0;
  std::uint64_t newest = 0;
};

std::string KeyText(const Hint& hint) {
  return std::to_string(static_cast<int>(hint.kind)) + "/" + hint.provider + "/" + hint.site + "/" +
         hint.id;
}

// "oldest:newest:key"
std::optional<Ticket> ParseTicket(std::string_view text, std::string_view& key) {
  Ticket ticket;
  for (auto* number : {&ticket.oldest, &ticket.newest}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (error != std::errc() || end == text.data() + text.size() || *end != ':') {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  key = text;
  return ticket;
}

}  // namespace

Task<Status> MemoryHints::Add(std::vector<Hint> hints) {
  KL_PASS(gate_, Before, "hints.add");
  const bool any = !hints.empty();
  for (auto& hint : hints) {
    const Key key{hint.kind, hint.provider, hint.site, hint.id};
    auto& items = by_key_[key];
    const std::uint64_t number = ++last_number_;
    if (!items.empty()) by_newest_.erase(items.back().number);
    by_newest_.emplace(number, key);
    items.push_back({number, std::move(hint), gate_.loop().Now()});
  }
  if (any) added_.Set();
  KL_PASS(gate_, After, "hints.add");
  co_return Status();
}

PendingHint MemoryHints::Merge(const Items& items) {
  PendingHint merged;
  merged.hint = items.front().hint;
  merged.received = items.front().received;
  for (const auto& item : items) {
    merged.hint.version = std::max(merged.hint.version, item.hint.version);
    merged.hint.entitlements |= item.hint.entitlements;
    if (merged.hint.trace.empty()) merged.hint.trace = item.hint.trace;
    if (item.hint.event_id.empty()) continue;
    if (merged.events.size() == kEventsKept) merged.events.erase(merged.events.begin());
    merged.events.emplace_back(item.hint.event_id, item.hint.event_type);
  }
  merged.ticket = std::to_string(items.front().number) + ":" + std::to_string(items.back().number) +
                  ":" + KeyText(merged.hint);
  return merged;
}

Task<Result<std::vector<PendingHint>>> MemoryHints::Pending(std::string after, int limit) {
  KL_PASS(gate_, Before, "hints.pending");
  std::uint64_t from = 0;
  if (!after.empty()) {
    std::string_view key;
    const auto ticket = ParseTicket(after, key);
    if (!ticket) co_return Fail(ErrorKind::kInvalid, "after: not a hint's ticket", "after");
    from = ticket->newest;
  }
  std::vector<PendingHint> page;
  for (auto it = by_newest_.upper_bound(from); it != by_newest_.end(); ++it) {
    if (std::ssize(page) >= limit) break;
    page.push_back(Merge(by_key_.at(it->second)));
  }
  KL_PASS(gate_, After, "hints.pending");
  co_return page;
}

Task<Status> MemoryHints::Done(std::string ticket) {
  KL_PASS(gate_, Before, "hints.done");
  std::string_view key_text;
  const auto parsed = ParseTicket(ticket, key_text);
  if (!parsed) co_return Status();
  // The key may have got newer hints since the ticket was given: look at all from there on.
  for (auto it = by_newest_.lower_bound(parsed->newest); it != by_newest_.end(); ++it) {
    const auto found = by_key_.find(it->second);
    auto& items = found->second;
    if (KeyText(items.front().hint) != key_text) continue;
    while (!items.empty() && items.front().number <= parsed->newest) items.pop_front();
    if (items.empty()) {
      by_key_.erase(found);
      by_newest_.erase(it);
    }
    break;
  }
  KL_PASS(gate_, After, "hints.done");
  co_return Status();
}

Task<void> MemoryHints::Wait() {
  co_await gate_.Before("hints.wait");
  co_await added_.Wait();
}

std::size_t MemoryHints::size() const {
  std::size_t count = 0;
  for (const auto& [key, items] : by_key_) count += items.size();
  return count;
}

}  // namespace kl::testing
