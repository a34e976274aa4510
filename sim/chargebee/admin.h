// /admin/...: the knobs. JSON in, JSON out; every call is described in README.md beside this file.
#pragma once

#include <string>
#include <vector>

#include "net/http.h"
#include "sim/chargebee/api.h"

namespace kl::chargebee_sim {

struct AdminCall {
  Simulator& simulator;
  Site& site;
  const Params& body;  // members of the JSON body, and the query
  const std::vector<std::string>& args;
  Origin origin;  // "source" of the body, else admin_console
};

using AdminHandler = ApiAnswer (*)(const AdminCall& call);
using AdminRouter = Router<AdminHandler>;

ApiAnswer AdminOk();  // {"ok":true}
ApiAnswer AdminFailure(int status, std::string message);
// id, status, plan, domain, version, counters of one subscription.
std::string AdminSubscription(const Site& site, const Subscription& subscription);

void AddAdminSubscriptionCalls(AdminRouter& router);
void AddAdminSiteCalls(AdminRouter& router);
void AddAdminFaultCalls(AdminRouter& router);

net::Response HandleAdmin(Simulator& simulator, const net::Request& request,
                          const std::string& path);

}  // namespace kl::chargebee_sim
