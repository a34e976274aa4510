// The event log and the webhook endpoints that a vendor configures.
#include <algorithm>

#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

std::string Wrapped(const Event& event) {
  return JsonObject().Raw("event", RenderEvent(event)).str();
}

std::string Wrapped(const WebhookEndpoint& endpoint) {
  return JsonObject().Raw("webhook_endpoint", RenderEndpoint(endpoint)).str();
}

ApiAnswer ListEvents(const ApiCall& call) {
  auto request =
      ReadListRequest(call.params, {"id", "webhook_status", "event_type", "source", "occurred_at"});
  if (!request) return ApiFailure(request.error());
  auto page = call.site.ListEvents(*request);
  std::vector<std::string> entries;
  for (const Event* event : page.items) entries.push_back(Wrapped(*event));
  return {200, ListBody(entries, page.next_offset)};
}

ApiAnswer RetrieveEvent(const ApiCall& call) {
  const Event* event = call.site.FindEvent(call.args[0]);
  if (!event) return ApiFailure(NotFound("event", call.args[0]).error());
  return {200, Wrapped(*event)};
}

ApiAnswer ListEndpoints(const ApiCall& call) {
  std::vector<std::string> entries;
  for (const auto& endpoint : call.site.endpoints()) entries.push_back(Wrapped(endpoint));
  return SmallList(call, entries);
}

auto Position(Site& site, const std::string& id) {
  auto& all = site.endpoints();
  return std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == id; });
}

void ReadEndpoint(const Params& params, WebhookEndpoint& endpoint) {
  auto set = [&](const char* key, std::string& field) {
    if (const std::string* value = params.Find(key)) field = *value;
  };
  set("name", endpoint.name);
  set("url", endpoint.url);
  set("api_version", endpoint.api_version);
  set("basic_auth_username", endpoint.user);
  set("basic_auth_password", endpoint.password);
  if (auto disabled = params.Flag("disabled")) endpoint.disabled = *disabled;
  auto enabled = params.WithPrefix("enabled_events[");
  if (enabled.empty()) return;
  endpoint.enabled_events.clear();
  for (const auto& [index, type] : enabled) endpoint.enabled_events.push_back(type);
}

ApiAnswer CreateEndpoint(const ApiCall& call) {
  constexpr std::size_t kEndpointsMax = 5;
  if (call.site.endpoints().size() >= kEndpointsMax) {
    return ApiFailure(
        {400, "invalid_request", "resource_limit_exhausted", "At most 5 webhook endpoints", {}});
  }
  WebhookEndpoint endpoint;
  endpoint.id = "whv2_" + call.site.NewId();
  ReadEndpoint(call.params, endpoint);
  if (endpoint.url.empty()) return ApiFailure(WrongValue("url", "cannot be blank").error());
  call.site.endpoints().push_back(endpoint);
  return {200, Wrapped(endpoint)};
}

ApiAnswer RetrieveEndpoint(const ApiCall& call) {
  auto it = Position(call.site, call.args[0]);
  if (it == call.site.endpoints().end()) {
    return ApiFailure(NotFound("webhook endpoint", call.args[0]).error());
  }
  return {200, Wrapped(*it)};
}

ApiAnswer UpdateEndpoint(const ApiCall& call) {
  auto it = Position(call.site, call.args[0]);
  if (it == call.site.endpoints().end()) {
    return ApiFailure(NotFound("webhook endpoint", call.args[0]).error());
  }
  ReadEndpoint(call.params, *it);
  return {200, Wrapped(*it)};
}

ApiAnswer DeleteEndpoint(const ApiCall& call) {
  auto it = Position(call.site, call.args[0]);
  if (it == call.site.endpoints().end()) {
    return ApiFailure(NotFound("webhook endpoint", call.args[0]).error());
  }
  const std::string body = Wrapped(*it);
  call.site.endpoints().erase(it);
  return {200, body};
}

}  // namespace

void AddEventCalls(ApiRouter& r) {
  r.Add("GET", "events", ListEvents);
  r.Add("GET", "events/{}", RetrieveEvent);
  r.Add("GET", "webhook_endpoints", ListEndpoints);
  r.Add("POST", "webhook_endpoints", CreateEndpoint);
  r.Add("GET", "webhook_endpoints/{}", RetrieveEndpoint);
  r.Add("POST", "webhook_endpoints/{}", UpdateEndpoint);
  r.Add("POST", "webhook_endpoints/{}/delete", DeleteEndpoint);
}

}  // namespace kl::chargebee_sim
