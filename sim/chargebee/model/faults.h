// What goes wrong on demand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace kl::chargebee_sim {

enum class BadAnswer {
  kRateLimited,  // 429, with Retry-After when `retry_after` is set
  kServerError,  // 500 with a JSON error body
  kHtml,         // 503 with an HTML page, as a proxy in front answers
  kNoAnswer,     // the connection stays open and nothing comes
  kWrongKey,     // 401
  kEmptyList,    // 200 {"list":[]} to a list call; other calls are answered as ever
  kOtherSite,    // served by another site, which knows none of this one's ids
};
std::string_view BadAnswerName(BadAnswer answer);
std::optional<BadAnswer> ParseBadAnswer(std::string_view name);

struct ApiFault {
  BadAnswer answer = BadAnswer::kServerError;
  std::optional<int> retry_after;  // seconds
  std::string method;              // "" = any
  std::string path;                // part of the path, "" = any
  int times = -1;                  // so many calls; -1 = until cleared
  bool after = false;              // the call is carried out, only its answer goes wrong
};

class ApiFaults {
 public:
  void Add(ApiFault fault) { faults_.push_back(std::move(fault)); }
  void Clear() { faults_.clear(); }
  const std::vector<ApiFault>& all() const { return faults_; }
  // The first fault that fits the call; counts it down. kEmptyList fits list calls only.
  std::optional<ApiFault> Take(std::string_view method, std::string_view path, bool is_list);

 private:
  std::vector<ApiFault> faults_;
};

struct WebhookFaults {
  int drop = 0;     // the next n events are not delivered at all; -1 = none is until cleared
  int copies = 1;   // each event is sent this many times, at once
  int reorder = 0;  // events are held until so many are there, then sent last first
  Duration delay{0};
};

// Somebody else is faster: this happens to a subscription just before the next write a client makes
// to it, that is, between the client's read and its write.
struct Race {
  std::string item_price_id;  // the plan it changes to
  bool schedule = false;      // the change is only scheduled for the end of the term
};

// Of reads: a new subscription is 404 and in no list for so long.
struct ReadFaults {
  Duration hidden{0};
  Duration api_delay{0};  // before every answer
};

}  // namespace kl::chargebee_sim
