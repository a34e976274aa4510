#include "api/api.h"

#include "api/status_code.h"
#include "api/views.h"
#include "base/hash.h"
#include "base/log.h"
#include "resources/value_json.h"

namespace kl::api {
namespace {

// "/api/v1/services/x/logs/" against "/api/v1/services/{id}/logs": the id when it fits.
std::optional<std::string> Match(std::string_view pattern, std::string_view path) {
  std::string id;
  while (!pattern.empty() && !path.empty()) {
    const auto want = pattern.substr(0, pattern.find('/', 1));
    const auto have = path.substr(0, path.find('/', 1));
    if (want == "/{id}")
      id = net::PercentDecode(have.substr(1));
    else if (want != have)
      return std::nullopt;
    if (want == "/{id}" && id.empty()) return std::nullopt;
    pattern.remove_prefix(want.size());
    path.remove_prefix(have.size());
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return id;
}

}  // namespace

net::Response Show(const Value& value, int status) {
  return net::JsonResponse(status, ToJson(value));
}
net::Response Show(const Error& error) { return Show(View(error), HttpStatus(error.kind)); }

Api::Api(Deps deps) : deps_(std::move(deps)) {
  AddServiceRoutes();
  AddBillingRoutes();
  AddPlainRoutes();
}

bool Api::Authenticated(const net::Request& request) const {
  std::string given;
  if (auto token = request.headers.Find("x-token")) given = *token;
  if (auto bearer = request.headers.Find("authorization");
      given.empty() && bearer && bearer->starts_with("Bearer ")) {
    given = bearer->substr(7);
  }
  // Digests have one length, so that not even the token's length leaks.
  return ConstantTimeEqual(Sha256(given), Sha256(deps_.token.Reveal())) && !deps_.token.empty();
}

app::Actor Api::ActorOf(const net::Request& request) const {
  return {.name = "token from " + request.peer.substr(0, request.peer.rfind(':')),
          .trace = Sha256Hex(request.peer +
                             std::to_string(deps_.loop.Monotonic().time_since_epoch().count()))
                       .substr(0, 16)};
}

Task<net::Response> Api::Handle(net::Request request) {
  std::string path(request.path());
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::string allowed;  // methods of this path
  for (const Route& route : routes_) {
    const auto id = Match(route.path, path);
    if (!id) continue;
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    if (route.method != request.method) continue;
    if (!route.open && !Authenticated(request)) {
      co_return Show(
          Error{.kind = ErrorKind::kUnauthenticated, .message = "X-Token is missing or wrong"});
    }
    Call call{.id = *id};
    for (auto& [key, value] : net::ParseForm(request.query())) call.query[key] = value;
    call.request = std::move(request);
    co_return co_await route.handle(std::move(call));
  }
  if (allowed.empty()) {
    co_return Show(
        Error{.kind = ErrorKind::kNotFound, .message = "no such path: " + path.substr(0, 200)});
  }
  net::Response refused =
      Show(Error{.kind = ErrorKind::kInvalid,
                 .message = request.method + " is not allowed on " + path.substr(0, 200)});
  refused.status = 405;
  refused.headers.Set("Allow", allowed);
  co_return refused;
}

#define KL_ROUTE(method, path, operation, member) \
  routes_.push_back(                              \
      {method, path, operation, false, [this](Call call) { return member(std::move(call)); }})

void Api::AddServiceRoutes() {
  KL_ROUTE("GET", "/api/v1/services", "serviceList", ServiceList);
  KL_ROUTE("POST", "/api/v1/services", "serviceAdd", ServiceAdd);
  KL_ROUTE("GET", "/api/v1/services/{id}", "serviceGet", ServiceGet);
  KL_ROUTE("PATCH", "/api/v1/services/{id}", "serviceEdit", ServiceEdit);
  KL_ROUTE("DELETE", "/api/v1/services/{id}", "serviceDelete", ServiceDelete);
  KL_ROUTE("GET", "/api/v1/services/{id}/secrets", "serviceSecretsList", ServiceSecrets);
  KL_ROUTE("GET", "/api/v1/services/{id}/logs", "serviceLogs", ServiceLogs);
  KL_ROUTE("POST", "/api/v1/services/{id}/credentials", "serviceCredentialsUpdate",
           ServiceCredentials);
  KL_ROUTE("GET", "/api/v1/services/{id}/explain", "serviceExplain", Explain);
  KL_ROUTE("GET", "/api/v1/explain/{id}", "explain", Explain);
  KL_ROUTE("GET", "/api/v1/audit", "auditList", AuditList);
  KL_ROUTE("GET", "/api/v1/templates", "templateList", TemplateList);
}

void Api::AddBillingRoutes() {
  KL_ROUTE("GET", "/api/v1/subscriptions", "subscriptionList", SubscriptionList);
  KL_ROUTE("GET", "/api/v1/subscriptions/{id}", "subscriptionGet", SubscriptionGet);
  KL_ROUTE("POST", "/api/v1/subscriptions/{id}/sync", "subscriptionSync", SubscriptionSync);
  KL_ROUTE("GET", "/api/v1/events", "eventList", EventList);
  KL_ROUTE("GET", "/api/v1/events/{id}", "eventGet", EventGet);
  KL_ROUTE("POST", "/api/v1/events/{id}/replay", "eventReplay", EventReplay);
  KL_ROUTE("POST", "/api/v1/billing/release", "billingRelease", GateRelease);
}

void Api::AddPlainRoutes() {
  KL_ROUTE("GET", "/api/v1/status", "status", Overview);
  KL_ROUTE("GET", "/api/v1/info", "info", Info);
  KL_ROUTE("GET", "/metrics", "metrics", Metrics);
  routes_.push_back({"GET", "/healthz", "healthz", true,
                     [](Call) -> Answer { co_return net::TextResponse(200, "ok\n"); }});
  routes_.push_back(
      {"GET", "/readyz", "readyz", true, [this](Call call) { return Ready(std::move(call)); }});
  routes_.push_back({"GET", "/openapi.json", "openapi", true, [this](Call) -> Answer {
                       return [](std::string text) -> Answer {
                         co_return net::JsonResponse(200, std::move(text));
                       }(deps_.openapi);
                     }});
}

#undef KL_ROUTE

}  // namespace kl::api
