#include "sim/chargebee/admin.h"

#include "sim/chargebee/model/json_text.h"

namespace kl::chargebee_sim {
namespace {

const AdminRouter& TheAdminRouter() {
  static const AdminRouter router = [] {
    AdminRouter r;
    AddAdminSubscriptionCalls(r);
    AddAdminSiteCalls(r);
    AddAdminFaultCalls(r);
    return r;
  }();
  return router;
}

// Nothing when the body is neither empty nor a JSON object.
std::optional<Params> ReadBody(const net::Request& request) {
  Params::Pairs pairs = net::ParseForm(request.query());
  if (!request.body.empty()) {
    auto members = ParseFlatJson(request.body);
    if (!members) return std::nullopt;
    for (auto& [key, value] : *members) pairs.emplace_back(key, std::move(value));
  }
  return Params(std::move(pairs));
}

}  // namespace

ApiAnswer AdminOk() { return {200, R"({"ok":true})"}; }

ApiAnswer AdminFailure(int status, std::string message) {
  return {status, JsonObject().Flag("ok", false).Text("message", message).str()};
}

net::Response HandleAdmin(Simulator& simulator, const net::Request& request,
                          const std::string& path) {
  auto match = TheAdminRouter().Find(request.method, PathSegments(path));
  if (!match.route) return net::JsonResponse(404, AdminFailure(404, "no such admin call").body);
  auto body = ReadBody(request);
  if (!body) return net::JsonResponse(400, AdminFailure(400, "body: not a JSON object").body);
  Origin origin{"admin_console", "vendor@example.com", false, false};
  if (const std::string* source = body->Find("source")) origin = Origin{*source, {}, false, false};
  const AdminCall call{simulator, simulator.site(), *body, match.args, origin};
  ApiAnswer answer = match.route->handler(call);
  return net::JsonResponse(answer.status, answer.body);
}

}  // namespace kl::chargebee_sim
