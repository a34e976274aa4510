#include "sim/chargebee/pages.h"

#include <fmt/format.h>

namespace kl::chargebee_sim {
namespace {

net::Response StyleSheet(const PageCall&) {
  return net::TextResponse(200, std::string(kStyleSheet), "text/css; charset=utf-8");
}

net::Response Health(const PageCall&) { return net::JsonResponse(200, R"({"ok":true})"); }

const PageRouter& ThePageRouter() {
  static const PageRouter router = [] {
    PageRouter r;
    r.Add("GET", "style.css", StyleSheet);
    r.Add("GET", "health", Health);
    AddStorePages(r);
    AddCheckoutPages(r);
    AddPortalPages(r);
    AddOutboxPages(r);
    AddConsolePages(r);
    return r;
  }();
  return router;
}

}  // namespace

net::Response PageNotFound(const PageCall& call, std::string_view what) {
  return HtmlPage(
      call.site.catalog().title,
      {"Not found", "none", fmt::format("<h1>Not found</h1><p>There is no {}.</p>", Escape(what))},
      404);
}

net::Response HandlePage(Simulator& simulator, const net::Request& request) {
  auto pairs = net::ParseForm(request.query());
  for (auto& pair : net::ParseForm(request.body)) pairs.push_back(std::move(pair));
  const Params params(std::move(pairs));
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  auto match = ThePageRouter().Find(method, PathSegments(request.path()));
  const PageCall call{simulator, simulator.site(), params, match.args};
  if (!match.route) return PageNotFound(call, "page of this address");
  return match.route->handler(call);
}

}  // namespace kl::chargebee_sim
