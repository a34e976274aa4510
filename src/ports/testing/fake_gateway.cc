#include "ports/testing/fake_gateway.h"

namespace kl::testing {

void FakeGateway::Apply() {
  for (const auto& host : std::exchange(to_remove_, {})) {
    if (!asked_.contains(host)) changes_ += static_cast<int>(live_.erase(host));
  }
  for (const auto& [host, route] : asked_) {
    const auto it = live_.find(host);
    if (it != live_.end() && it->second == route) continue;
    live_.insert_or_assign(host, route);
    ++changes_;
  }
}

Task<Status> FakeGateway::Put(Route route) {
  KL_PASS(gate_, Before, "gateway.put");
  const std::string host = route.host;
  asked_.insert_or_assign(host, route);
  if (down_) co_return Fail(ErrorKind::kUnavailable, "gateway: does not answer");
  if (const auto it = live_.find(host); it == live_.end() || !(it->second == route)) {
    live_.insert_or_assign(host, std::move(route));
    ++changes_;
  }
  KL_PASS(gate_, After, "gateway.put");
  co_return Status();
}

Task<Status> FakeGateway::Remove(std::string host) {
  KL_PASS(gate_, Before, "gateway.remove");
  asked_.erase(host);
  if (down_) {
    to_remove_.push_back(std::move(host));
    co_return Fail(ErrorKind::kUnavailable, "gateway: does not answer");
  }
  changes_ += static_cast<int>(live_.erase(host));
  KL_PASS(gate_, After, "gateway.remove");
  co_return Status();
}

Task<Result<std::vector<Route>>> FakeGateway::List() {
  KL_PASS(gate_, Before, "gateway.list");
  std::vector<Route> routes;
  for (const auto& [host, route] : asked_) routes.push_back(route);
  KL_PASS(gate_, After, "gateway.list");
  co_return routes;
}

void FakeGateway::Up() {
  down_ = false;
  Apply();
}

void FakeGateway::LoseRoutes() { live_.clear(); }

const Route* FakeGateway::Serving(const std::string& host) const {
  const auto it = live_.find(host);
  return down_ || it == live_.end() ? nullptr : &it->second;
}

namespace {

const RoutePath* LongestPrefix(const Route& route, const std::string& path) {
  const RoutePath* best = nullptr;
  for (const auto& each : route.paths) {
    if (!path.starts_with(each.prefix)) continue;
    if (best == nullptr || each.prefix.size() > best->prefix.size()) best = &each;
  }
  return best;
}

}  // namespace

Result<Answer> FakeOutside::Look(const std::string& host, const std::string& path) {
  if (gateway_.down()) return Fail(ErrorKind::kUnavailable, "'" + host + "' refuses connections");
  const Route* route = gateway_.Serving(host);
  if (route == nullptr) return Answer{.status = 404};
  if (route->state != RouteState::kServing) return Answer{.status = 503};
  const RoutePath* target = LongestPrefix(*route, path);
  if (target == nullptr) return Answer{.status = 404};
  const auto* instance = engine_.Listening(target->upstream);
  if (instance == nullptr) return Answer{.status = 502};
  if (instance->spec.host != host) mixed_up_.push_back(host);
  if (sick_status != 0) return Answer{.status = sick_status};
  first_answers_.emplace(host, gate_.loop().Now());
  return Answer{.status = 200};
}

Task<Result<Answer>> FakeOutside::Get(std::string host, std::string path, bool) {
  KL_PASS(gate_, Before, "outside.get");
  auto answer = Look(host, path);
  KL_PASS(gate_, After, "outside.get");
  co_return answer;
}

}  // namespace kl::testing
