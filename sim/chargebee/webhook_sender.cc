#include "sim/chargebee/webhook_sender.h"

#include <algorithm>

#include "base/hash.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

// "http://host:1/path?x" -> {"http://host:1", "/path?x"}
std::pair<std::string, std::string> SplitUrl(const std::string& url) {
  std::size_t host = url.find("://");
  std::size_t slash = url.find('/', host == std::string::npos ? 0 : host + 3);
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), url.substr(slash)};
}

bool Wants(const WebhookEndpoint& endpoint, const std::string& type) {
  const auto& enabled = endpoint.enabled_events;
  return !endpoint.disabled &&
         (enabled.empty() || std::find(enabled.begin(), enabled.end(), type) != enabled.end());
}

}  // namespace

std::optional<Duration> RetryDelay(int failures, double scale) {
  if (failures < 1 || failures > static_cast<int>(kRetryDelays.size())) return std::nullopt;
  const Duration full = kRetryDelays[failures - 1];
  return Duration(static_cast<std::int64_t>(full.count() * scale));
}

WebhookSender::WebhookSender(net::IoLoop& loop, Site& site, WebhookOptions options)
    : loop_(loop), site_(site), options_(std::move(options)), scope_(loop) {}

// Called for every event of the log; those no endpoint is to hear of are marked already.
void WebhookSender::Take(const Event& event) {
  if (event.webhook_status != "scheduled") return;
  if (faults_.drop != 0) {
    if (faults_.drop > 0) --faults_.drop;
    ++counters_.dropped;
    for (const auto& endpoint : site_.endpoints()) {
      site_.RecordDelivery(event.id, endpoint.id, "failed", "lost on its way");
    }
    return;
  }
  // Held ones go out as one job, one after another: in parallel the order would be anybody's guess.
  if (faults_.reorder > 1) {
    held_.push_back(event.id);
    if (held_.size() >= static_cast<std::size_t>(faults_.reorder)) Flush();
    return;
  }
  for (int i = 0; i < faults_.copies; ++i) {
    Job job{{event.id}, {}, 0};
    if (faults_.delay.count() > 0) {
      ++waiting_;
      scope_.Spawn(Delayed(std::move(job), faults_.delay));
    } else {
      Enqueue(std::move(job));
    }
  }
}

void WebhookSender::Flush() {
  if (held_.empty()) return;
  std::reverse(held_.begin(), held_.end());
  Enqueue(Job{std::exchange(held_, {}), {}, 0});
}

void WebhookSender::Resend(const std::string& event_id) { Enqueue(Job{{event_id}, {}, 0}); }

// Workers come with the work and go when it is done, never more than `concurrency`.
void WebhookSender::Enqueue(Job job) {
  queue_.push_back(std::move(job));
  if (workers_ >= options_.concurrency) return;
  ++workers_;
  scope_.Spawn(Work());
}

Task<void> WebhookSender::Work() {
  while (!queue_.empty()) {
    Job job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    for (const auto& event_id : job.event_ids) co_await Send(job, event_id);
    --busy_;
  }
  --workers_;
}

Task<void> WebhookSender::Delayed(Job job, Duration delay) {
  co_await Sleep(loop_, delay);
  --waiting_;
  Enqueue(std::move(job));
}

// Endpoints are called one after another, all with the body of this moment.
Task<void> WebhookSender::Send(const Job& job, const std::string& event_id) {
  const Event* found = site_.FindEvent(event_id);
  if (!found) co_return;
  // A copy: the log may drop the event while the answer is awaited.
  const Event event = *found;
  const std::string body = RenderEvent(event);
  const std::vector<WebhookEndpoint> endpoints = site_.endpoints();
  for (const auto& endpoint : endpoints) {
    if (!job.endpoint_id.empty() && job.endpoint_id != endpoint.id) continue;
    if (!Wants(endpoint, event.type)) continue;
    co_await Attempt(event, body, endpoint, job.failures);
  }
}

// One call of one endpoint. Redirects are failures: the provider follows none.
Task<void> WebhookSender::Attempt(const Event& event, std::string body, WebhookEndpoint endpoint,
                                  int failures) {
  auto [base, target] = SplitUrl(endpoint.url);
  net::Request request;
  request.method = "POST";
  request.target = target;
  request.headers.Set("Content-Type", "application/json; charset=utf-8");
  request.headers.Set("User-Agent", "ChargeBee");
  if (!endpoint.user.empty()) {
    request.headers.Set("Authorization",
                        "Basic " + Base64(endpoint.user + ":" + endpoint.password));
  }
  request.body = std::move(body);
  ++counters_.attempts;
  Result<net::Response> answer =
      co_await ClientFor(base).Send(std::move(request), options_.timeout);
  if (answer && answer->status >= 200 && answer->status < 300) {
    ++counters_.succeeded;
    ++counters_.succeeded_by_type[event.type];
    site_.RecordDelivery(event.id, endpoint.id, "succeeded", {});
    co_return;
  }
  ++counters_.failed;
  const std::string reason =
      answer ? "HTTP status " + std::to_string(answer->status) : answer.error().message;
  auto delay = RetryDelay(failures + 1, options_.retry_scale);
  site_.RecordDelivery(event.id, endpoint.id, delay ? "re_scheduled" : "failed", reason);
  if (!delay) co_return;
  ++waiting_;
  scope_.Spawn(Delayed(Job{{event.id}, endpoint.id, failures + 1}, *delay));
}

// Connections are kept between deliveries; two spare ones let a resend pass a full queue.
net::HttpClient& WebhookSender::ClientFor(const std::string& base) {
  auto& client = clients_[base];
  if (!client) {
    net::ClientOptions options;
    options.base = base;
    options.ca_file = options_.ca_file;
    options.verify_tls = options_.verify_tls;
    options.connections_max = static_cast<std::size_t>(options_.concurrency) + 2;
    client = net::HttpClient::Make(loop_, std::move(options));
  }
  return *client;
}

}  // namespace kl::chargebee_sim
