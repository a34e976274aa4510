// Faults on demand, and where webhooks go.
#include "sim/chargebee/admin.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

std::string ShowApiFault(const ApiFault& fault) {
  JsonObject out;
  out.Text("answer", BadAnswerName(fault.answer))
      .TextIfAny("method", fault.method)
      .TextIfAny("path", fault.path)
      .Number("times", fault.times)
      .Flag("after", fault.after);
  if (fault.retry_after) out.Number("retry_after", *fault.retry_after);
  return out.str();
}

ApiAnswer Show(const AdminCall& call) {
  const WebhookFaults& hooks = call.simulator.webhooks().faults();
  const ReadFaults& reads = call.simulator.read_faults();
  std::vector<std::string> api;
  for (const auto& fault : call.simulator.api_faults().all()) api.push_back(ShowApiFault(fault));
  const std::string webhooks = JsonObject()
                                   .Number("drop", hooks.drop)
                                   .Number("copies", hooks.copies)
                                   .Number("reorder", hooks.reorder)
                                   .Number("delay_ms", hooks.delay.count())
                                   .str();
  const std::string read = JsonObject()
                               .Number("hidden_ms", reads.hidden.count())
                               .Number("api_delay_ms", reads.api_delay.count())
                               .Number("list_lag_ms", call.site.list_lag().age.count())
                               .Number("list_lag_versions", call.site.list_lag().versions)
                               .str();
  return {
      200,
      JsonObject().Raw("webhooks", webhooks).Raw("reads", read).Raw("api", JsonArray(api)).str()};
}

ApiAnswer Webhooks(const AdminCall& call) {
  WebhookFaults& faults = call.simulator.webhooks().faults();
  auto number = [&](const char* key, std::int64_t fallback) {
    return call.body.Number(key).value_or(fallback);
  };
  faults.drop = static_cast<int>(number("drop", faults.drop));
  faults.copies = static_cast<int>(number("copies", faults.copies));
  faults.reorder = static_cast<int>(number("reorder", faults.reorder));
  faults.delay = Duration(number("delay_ms", faults.delay.count()));
  if (faults.reorder <= 1) call.simulator.webhooks().Flush();
  return Show(call);
}

ApiAnswer Api(const AdminCall& call) {
  ApiFault fault;
  auto answer = ParseBadAnswer(call.body.Text("answer"));
  if (!answer) {
    return AdminFailure(400, "answer: one of 429 500 html timeout wrong_key empty_list other_site");
  }
  fault.answer = *answer;
  if (auto seconds = call.body.Number("retry_after")) {
    fault.retry_after = static_cast<int>(*seconds);
  }
  fault.method = call.body.Text("method");
  fault.path = call.body.Text("path");
  fault.times = static_cast<int>(call.body.Number("times").value_or(-1));
  fault.after = call.body.Flag("after").value_or(false);
  call.simulator.api_faults().Add(std::move(fault));
  return Show(call);
}

ApiAnswer Reads(const AdminCall& call) {
  ReadFaults& faults = call.simulator.read_faults();
  if (auto ms = call.body.Number("hidden_ms")) faults.hidden = Duration(*ms);
  if (auto ms = call.body.Number("api_delay_ms")) faults.api_delay = Duration(*ms);
  ListLag lag = call.site.list_lag();
  if (auto ms = call.body.Number("list_lag_ms")) lag.age = Duration(*ms);
  if (auto n = call.body.Number("list_lag_versions")) lag.versions = static_cast<int>(*n);
  call.site.SetListLag(lag);
  return Show(call);
}

ApiAnswer Clear(const AdminCall& call) {
  call.simulator.webhooks().faults() = {};
  call.simulator.webhooks().Flush();
  call.simulator.read_faults() = {};
  call.simulator.api_faults().Clear();
  call.simulator.races().clear();
  call.site.SetListLag({});
  return Show(call);
}

ApiAnswer Flush(const AdminCall& call) {
  call.simulator.webhooks().Flush();
  return AdminOk();
}

ApiAnswer ShowEndpoints(const AdminCall& call) {
  std::vector<std::string> all;
  for (const auto& endpoint : call.site.endpoints()) all.push_back(RenderEndpoint(endpoint));
  return {200, JsonObject().Raw("endpoints", JsonArray(all)).str()};
}

ApiAnswer AddEndpoint(const AdminCall& call) {
  WebhookEndpoint endpoint;
  endpoint.id = "whv2_" + call.site.NewId();
  endpoint.name = call.body.OptionalText("name").value_or("webhook");
  endpoint.url = call.body.Text("url");
  endpoint.user = call.body.Text("user");
  endpoint.password = call.body.Text("password");
  if (endpoint.url.empty()) return AdminFailure(400, "url: missing");
  if (const std::string* types = call.body.Find("enabled_events")) {
    endpoint.enabled_events = ParseJsonArray(*types).value_or(std::vector<std::string>());
  }
  call.site.endpoints().push_back(endpoint);
  return {200, RenderEndpoint(endpoint)};
}

ApiAnswer ClearEndpoints(const AdminCall& call) {
  call.site.endpoints().clear();
  return AdminOk();
}

}  // namespace

void AddAdminFaultCalls(AdminRouter& r) {
  r.Add("GET", "faults", Show);
  r.Add("POST", "faults/webhooks", Webhooks);
  r.Add("POST", "faults/api", Api);
  r.Add("POST", "faults/reads", Reads);
  r.Add("POST", "faults/clear", Clear);
  r.Add("POST", "webhooks/flush", Flush);
  r.Add("GET", "endpoints", ShowEndpoints);
  r.Add("POST", "endpoints", AddEndpoint);
  r.Add("POST", "endpoints/clear", ClearEndpoints);
}

}  // namespace kl::chargebee_sim
