// The REST API under /api/v1, health, metrics and the OpenAPI document. A thin shell: authenticate,
// find the route, call a use case, show the result.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/explain/explain.h"
#include "app/services/credentials.h"
#include "app/services/services.h"
#include "base/secret.h"
#include "net/http.h"

namespace kl::api {

struct Call {
  net::Request request;
  std::map<std::string, std::string> query;
  std::string id;  // of the path, decoded
};

class Api {
 public:
  struct Deps {
    Loop& loop;
    app::Records records;
    Hints& hints;
    History& history;
    EngineConsole& console;
    app::Services& verbs;
    app::Credentials& credentials;
    app::Explainer& explainer;
    app::SubscriptionLoop* subscriptions = nullptr;  // null: billing is disabled
    app::SiteMarks* marks = nullptr;
    app::IntakeService* intake = nullptr;
    SubscriptionKey site;  // provider and site, without id
    SecretString token;
    std::string version;
    std::string openapi;  // JSON text
  };
  explicit Api(Deps deps);

  Task<net::Response> Handle(net::Request request);

  // One line of the route table; the OpenAPI document is checked against it.
  struct Route {
    std::string method;
    std::string path;  // "/api/v1/services/{id}/logs", without a final slash
    std::string operation;
    bool open = false;  // answered without a token
    std::function<Task<net::Response>(Call)> handle;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  using Answer = Task<net::Response>;
  void AddServiceRoutes();
  void AddBillingRoutes();
  void AddPlainRoutes();
  bool Authenticated(const net::Request& request) const;
  app::Actor ActorOf(const net::Request& request) const;

  Answer ServiceList(Call call);
  Answer ServiceAdd(Call call);
  Answer ServiceGet(Call call);
  Answer ServiceEdit(Call call);
  Answer ServiceDelete(Call call);
  Answer ServiceSecrets(Call call);
  Answer ServiceLogs(Call call);
  Answer ServiceCredentials(Call call);
  Answer Explain(Call call);
  Answer SubscriptionList(Call call);
  Answer SubscriptionGet(Call call);
  Answer SubscriptionSync(Call call);
  Answer EventList(Call call);
  Answer EventGet(Call call);
  Answer EventReplay(Call call);
  Answer GateRelease(Call call);
  Answer TemplateList(Call call);
  Answer AuditList(Call call);
  Answer Overview(Call call);
  Answer Info(Call call);
  Answer Metrics(Call call);
  Answer Ready(Call call);

  Task<Result<Subscription>> FindSubscription(std::string id);

  Deps deps_;
  std::vector<Route> routes_;
};

net::Response Show(const Value& value, int status = 200);
net::Response Show(const Error& error);

}  // namespace kl::api
