#include "sim/chargebee/model/idempotency.h"

#include "base/hash.h"

namespace kl::chargebee_sim {

void IdempotencyStore::Expire(std::int64_t now_ms) {
  while (!by_age_.empty() && by_age_.front().first + kWindowMs <= now_ms) {
    entries_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
}

IdempotencyStore::Seen IdempotencyStore::Check(const std::string& key, const std::string& payload,
                                               std::int64_t now_ms, StoredAnswer& answer) {
  Expire(now_ms);
  auto it = entries_.find(key);
  if (it == entries_.end()) return Seen::kNew;
  if (it->second.payload_digest != Sha256(payload)) return Seen::kOtherPayload;
  answer = it->second.answer;
  return Seen::kReplay;
}

void IdempotencyStore::Put(const std::string& key, const std::string& payload, std::int64_t now_ms,
                           StoredAnswer answer) {
  Expire(now_ms);
  if (!entries_.try_emplace(key, Entry{Sha256(payload), std::move(answer), now_ms}).second) return;
  by_age_.emplace_back(now_ms, key);
}

void IdempotencyStore::Clear() {
  entries_.clear();
  by_age_.clear();
}

}  // namespace kl::chargebee_sim
