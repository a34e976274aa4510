// What people see: storefront, checkout, portal, outbox, event log, console. Server-rendered HTML,
// one style sheet, nothing from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "sim/chargebee/html.h"
#include "sim/chargebee/router.h"
#include "sim/chargebee/simulator.h"

namespace kl::chargebee_sim {

extern const std::string_view kStyleSheet;

struct PageCall {
  Simulator& simulator;
  Site& site;
  const Params& params;  // query and form
  const std::vector<std::string>& args;
};

using PageHandler = net::Response (*)(const PageCall& call);
using PageRouter = Router<PageHandler>;

void AddStorePages(PageRouter& router);
void AddCheckoutPages(PageRouter& router);
void AddPortalPages(PageRouter& router);
void AddOutboxPages(PageRouter& router);
void AddConsolePages(PageRouter& router);

net::Response PageNotFound(const PageCall& call, std::string_view what);
// Opens a portal session for a customer and returns its path.
std::string OpenPortal(Site& site, const std::string& customer_id);

net::Response HandlePage(Simulator& simulator, const net::Request& request);

}  // namespace kl::chargebee_sim
