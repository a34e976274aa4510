// What an operator does to services by hand. Each verb changes the record only; the service loop
// does the rest.
#pragma once

#include <optional>
#include <string>

#include "app/records.h"
#include "app/settings.h"
#include "app/templates.h"
#include "base/random.h"
#include "ports/history.h"

namespace kl::app {

// A change of some fields; absent means unchanged.
struct ServicePatch {
  std::optional<std::string> type;     // must equal the present one
  std::optional<std::string> version;  // empty clears
  std::optional<bool> insecure;
  std::optional<bool> use_letsencrypt;
  std::optional<int> replicas;
  std::optional<std::string> backup_schedule;
  std::optional<Quantity> cpu, memory, storage;
  std::optional<ValueMap> advanced;  // merged by key; a null value removes the key
  std::optional<std::string> domain;
  std::optional<std::string> subscription;  // must equal the present one
  std::optional<bool> paused;
  std::optional<std::string> template_digest;  // an update to that version; "current" = the newest
};

// Who asks, for the audit.
struct Actor {
  std::string name = "operator";
  std::string trace;
};

class Services {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Records records;
    Templates& templates;
    History& history;
    const Settings& settings;
  };
  explicit Services(Deps deps) : deps_(deps) {}

  // kConflict when the id, its name or its subscription is taken; kInvalid with the field. The
  // record of its subscription (made when there is none) names the service from then on.
  Task<Result<Service>> Add(Service wish, Actor actor);
  Task<Result<Service>> Edit(std::string name, ServicePatch patch, Actor actor);
  // Asks for removal of everything of it: containers, network, volumes, secrets. Returns at once.
  Task<Status> Delete(std::string name, Actor actor);

 private:
  Task<Status> CheckNew(const Service& wish);
  Task<Status> Bind(Service& wish);
  Task<Result<Subscription>> Store(Subscription record);
  Task<Result<bool>> HasInstance(const Subscription& record);
  static Status CheckParameters(const ValueMap& given, const tmpl::Template& type);
  static bool IsUnfinished(const NameClaim& claim, const Service& wish);
  Status CheckSpec(const Service& service, const tmpl::Template& type) const;
  Task<Status> Audit(std::string verb, std::string subject, Actor actor, std::string body);

  Deps deps_;
};

}  // namespace kl::app
