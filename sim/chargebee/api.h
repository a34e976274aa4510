// The provider's API v2 (/api/v2/...): authentication, rate limit, faults on demand, idempotency,
// then the call itself. Which calls there are is in api_*.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/http.h"
#include "sim/chargebee/router.h"
#include "sim/chargebee/simulator.h"

namespace kl::chargebee_sim {

struct ApiCall {
  Simulator& simulator;
  Site& site;
  const Params& params;
  const std::vector<std::string>& args;
  Origin origin;
};

struct ApiAnswer {
  int status = 200;
  std::string body;
};

using ApiHandler = ApiAnswer (*)(const ApiCall& call);
using ApiRouter = Router<ApiHandler>;

ApiAnswer ApiFailure(const ApiError& error);
// {"subscription": .., "customer": ..}, as the official clients insist on.
ApiAnswer SubscriptionAnswer(const ApiCall& call, const Site::Updated& result);
// limit, offset, sort_by, include_deleted and the filters on `fields`; 400 for a bad limit or
// offset.
ApiResult<ListRequest> ReadListRequest(const Params& params,
                                       const std::vector<std::string>& fields);
// {"list": [..], "next_offset": ..}
std::string ListBody(const std::vector<std::string>& entries,
                     const std::optional<std::string>& next_offset);
// A list that fits one page whatever its `limit`, cut by limit and offset.
ApiAnswer SmallList(const ApiCall& call, const std::vector<std::string>& entries);

void AddSubscriptionCalls(ApiRouter& router);
void AddChangeCalls(ApiRouter& router);
void AddCatalogCalls(ApiRouter& router);
void AddCatalogChangeCalls(ApiRouter& router);
void AddCustomerCalls(ApiRouter& router);
void AddEventCalls(ApiRouter& router);
void AddHostedCalls(ApiRouter& router);
const ApiRouter& TheApiRouter();

// Subscription parameters as creation calls and hosted pages carry them.
ApiResult<NewSubscription> ReadNewSubscription(const Params& params);
Customer ReadCustomer(const std::map<std::string, std::string>& fields);
std::vector<SubscriptionItem> ReadItems(const Params& params);

// Answers one call; `path` is what follows /api/v2.
Task<net::Response> HandleApi(Simulator& simulator, net::Request request, std::string path);

}  // namespace kl::chargebee_sim
