// Answers kept by chargebee-idempotency-key: a replay gets the stored answer, another payload under
// the same key is refused. Keys live 30 minutes; times are the site's, in milliseconds.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace kl::chargebee_sim {

struct StoredAnswer {
  int status = 200;
  std::string body;
};

class IdempotencyStore {
 public:
  enum class Seen { kNew, kReplay, kOtherPayload };
  static constexpr std::int64_t kWindowMs = 30 * 60 * 1000;

  // `payload` is whatever must be equal on a replay: path and body. On kReplay `answer` is set.
  Seen Check(const std::string& key, const std::string& payload, std::int64_t now_ms,
             StoredAnswer& answer);
  void Put(const std::string& key, const std::string& payload, std::int64_t now_ms,
           StoredAnswer answer);
  void Clear();

 private:
  struct Entry {
    std::string payload_digest;
    StoredAnswer answer;
    std::int64_t at_ms = 0;
  };
  void Expire(std::int64_t now_ms);

  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::pair<std::int64_t, std::string>> by_age_;
};

}  // namespace kl::chargebee_sim
