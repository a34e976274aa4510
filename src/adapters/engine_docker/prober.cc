#include "adapters/engine_docker/prober.h"

#include <algorithm>
#include <optional>

namespace kl::docker {
namespace {

constexpr Duration kPauseMax{1000};
constexpr Duration kIntervalMin{100};
// An unhealthy one is asked at least so often: it is wanted to be back.
constexpr Duration kUnhealthyIntervalMax{5000};

Task<ProbeAnswer> AskHttp(net::IoLoop& loop, const ProbeTarget& target) {
  net::ClientOptions options;
  options.base = "http://127.0.0.1:" + std::to_string(target.port);
  options.connections_max = 1;
  options.response_bytes_max = 1 << 20;
  const auto client = net::HttpClient::Make(loop, options);
  net::Request request;
  const std::string request_target = target.probe.http_path.empty() ? "/" : target.probe.http_path;
  request.target = request_target;
  if (!target.host.empty()) {
    request.headers.Set("Host", target.host);
    request.headers.Set("X-Forwarded-Proto", "https");
  }
  request.headers.Set("User-Agent", "kuberlogic-probe");
  // The headers decide: a page may be large or never end.
  auto answer = co_await client->Stream(std::move(request), target.probe.timeout);
  const std::string asked =
      "GET " + request_target + " on " + std::to_string(target.probe.http_port);
  if (!answer) co_return ProbeAnswer{.what = asked + " is not answered"};
  co_return ProbeAnswer{answer->status >= 200 && answer->status < 400,
                        asked + " answers " + std::to_string(answer->status)};
}

Task<ProbeAnswer> AskCommand(EngineApi& api, const ProbeTarget& target, Throttle* turns) {
  std::optional<Throttle::Permit> permit;
  if (turns != nullptr) {
    Throttle::Permit entered = co_await turns->Enter();
    permit.emplace(std::move(entered));
  }
  auto result = co_await api.Exec(target.container, target.probe.exec, target.probe.timeout);
  if (!result) co_return ProbeAnswer{.what = "its command does not end in time or cannot be run"};
  co_return ProbeAnswer{result->exit_code == 0,
                        "its command ends with " + std::to_string(result->exit_code)};
}

}  // namespace

Duration ProbeSchedule::Answered(bool good, Duration since_start) {
  const Duration interval = std::max<Duration>(probe_.interval, kIntervalMin);
  if (good) {
    health_ = Health::kHealthy;
    was_healthy_ = true;
    failures_ = 0;
    return interval;
  }
  if (was_healthy_) {
    if (++failures_ >= std::max(1, probe_.retries)) health_ = Health::kUnhealthy;
    return health_ == Health::kUnhealthy ? std::min(interval, kUnhealthyIntervalMax) : interval;
  }
  // Asked far more often than `interval`, so it is time that counts here, not failures.
  if (since_start >= probe_.start_period + std::max(1, probe_.retries) * interval) {
    health_ = Health::kUnhealthy;
  }
  const Duration pause = pause_;
  pause_ = std::min(kPauseMax, pause_ * 3 / 2);
  return pause;
}

Task<void> RunProbe(net::IoLoop& loop, EngineApi& api, Throttle& routine, ProbeTarget target,
                    std::function<void(Health, std::string what)> report) {
  ProbeSchedule schedule(target.probe);
  const MonoTime begun = loop.Monotonic();
  const bool by_command = !target.probe.exec.empty();
  for (;;) {
    ProbeAnswer answer;
    if (by_command) {
      const bool awaited = target.awaited && schedule.health() != Health::kHealthy;
      answer = co_await AskCommand(api, target, awaited ? nullptr : &routine);
    } else {
      answer = co_await AskHttp(loop, target);
    }
    const Health before = schedule.health();
    const Duration pause = schedule.Answered(answer.good, loop.Monotonic() - begun);
    if (schedule.health() != before) report(schedule.health(), std::move(answer.what));
    co_await Sleep(loop, pause);
  }
}

}  // namespace kl::docker
