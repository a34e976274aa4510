// A Gateway whose hosts want public certificates: whatever is routed is asked for, and what is
// routed no longer is not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/certificates/certificate_loop.h"
#include "ports/gateway.h"

namespace kl::app {

class CertifiedGateway : public Gateway {
 public:
  // Both outlive it.
  CertifiedGateway(Gateway& gateway, CertificateLoop& certificates)
      : gateway_(gateway), certificates_(certificates) {}

  Task<Status> Put(Route route) override {
    const std::string host = route.host;
    const bool serving = route.state == RouteState::kServing;
    Status routed = co_await gateway_.Put(std::move(route));
    // One that has not started yet may never do; one that is stopped keeps what it has.
    if (serving) certificates_.Want(host);
    co_return routed;
  }
  Task<Status> Remove(std::string host) override {
    certificates_.Forget(host);
    Status removed = co_await gateway_.Remove(std::move(host));
    co_return removed;
  }
  Task<Result<std::vector<Route>>> List() override {
    auto routes = co_await gateway_.List();
    co_return routes;
  }

  // What a former life has routed.
  Task<void> WantRouted() {
    auto routes = co_await gateway_.List();
    if (!routes) co_return;
    for (const Route& route : *routes) {
      if (route.state == RouteState::kServing) certificates_.Want(route.host);
    }
  }

 private:
  Gateway& gateway_;
  CertificateLoop& certificates_;
};

}  // namespace kl::app
