// Delivers events to the site's endpoints as the provider does: bare event as JSON, basic auth, any
// 2xx is success, no redirects followed, seven retries with growing delays (scaled down here), no
// order promised. Loop's thread only.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "net/http.h"
#include "sim/chargebee/model/faults.h"
#include "sim/chargebee/model/site.h"

namespace kl::chargebee_sim {

struct WebhookOptions {
  double retry_scale = 1.0 / 60;  // the provider's two minutes become two seconds
  int concurrency = 16;
  Duration timeout = std::chrono::seconds(10);  // one attempt, connecting included
  std::string ca_file;                          // PEM, for https endpoints
  bool verify_tls = true;
};

// The provider's own delays, each after the attempt before.
inline constexpr std::array<std::chrono::seconds, 7> kRetryDelays = {
    std::chrono::minutes(2), std::chrono::minutes(6), std::chrono::minutes(30),
    std::chrono::hours(1),   std::chrono::hours(5),   std::chrono::hours(24),
    std::chrono::hours(48)};

// `failures` >= 1 attempts went wrong. Nothing when the provider gives up.
std::optional<Duration> RetryDelay(int failures, double scale);

struct WebhookCounters {
  std::int64_t attempts = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;  // attempts, not events
  std::int64_t dropped = 0;
  std::map<std::string, std::int64_t> succeeded_by_type;
};

class WebhookSender {
 public:
  WebhookSender(net::IoLoop& loop, Site& site, WebhookOptions options);
  WebhookSender(const WebhookSender&) = delete;

  // An event was written to the log: send it, unless a fault says otherwise.
  void Take(const Event& event);
  // Once more to every endpoint, whatever happened before.
  void Resend(const std::string& event_id);
  // Sends what `reorder` holds back, last first.
  void Flush();

  WebhookFaults& faults() { return faults_; }
  WebhookCounters& counters() { return counters_; }
  WebhookOptions& options() { return options_; }
  // Events that are waiting, being sent, held back or due for a retry.
  std::size_t pending() const { return queue_.size() + held_.size() + busy_ + waiting_; }

 private:
  struct Job {
    std::vector<std::string> event_ids;  // sent one after another
    std::string endpoint_id;             // "" = all
    int failures = 0;
  };

  void Enqueue(Job job);
  Task<void> Work();
  Task<void> Delayed(Job job, Duration delay);
  Task<void> Send(const Job& job, const std::string& event_id);
  Task<void> Attempt(const Event& event, std::string body, WebhookEndpoint endpoint, int failures);
  net::HttpClient& ClientFor(const std::string& base);

  net::IoLoop& loop_;
  Site& site_;
  WebhookOptions options_;
  WebhookFaults faults_;
  WebhookCounters counters_;
  std::deque<Job> queue_;
  std::vector<std::string> held_;
  std::size_t busy_ = 0;
  std::size_t waiting_ = 0;
  int workers_ = 0;
  std::map<std::string, std::unique_ptr<net::HttpClient>> clients_;
  TaskScope scope_;
};

}  // namespace kl::chargebee_sim
