// The service loop: makes the engine and the gateway as a service's record says, and says in its
// status what is.
//
// One pass: render -> room -> apply -> observe -> route -> ask from outside -> status. A pass that
// finds everything in order writes nothing. Woken by the store's watch, by the engine's, and by a
// slow sweep.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "app/provision/admissions.h"
#include "app/records.h"
#include "app/settings.h"
#include "app/templates.h"
#include "app/timeline.h"
#include "control/work_queue.h"
#include "ports/engine.h"
#include "ports/gateway.h"

namespace kl::app {

class ServiceLoop {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Records records;
    Watchable<Service>& services;
    Templates& templates;
    Engine& engine;
    EngineWatch& engine_watch;
    Gateway& gateway;
    Outside& outside;
    Timeline& timeline;
    const Settings& settings;
  };
  explicit ServiceLoop(Deps deps);

  void Start();
  void Look(const std::string& name) { queue_.Add(name); }
  const WorkQueue& queue() const { return queue_; }
  const Admissions& admissions() const { return admissions_; }

 private:
  // What one pass found out, before it is written.
  struct Finding {
    std::string phase = "NotReady";
    std::string condition_type;  // the condition that stands in the way; empty when none
    std::string reason;
    std::string message;
    bool storage_enforced = true;
    std::string growth;  // why it runs with smaller limits than it should
    Outcome outcome = Outcome::Done();
  };

  Task<void> PumpStore();
  Task<void> PumpEngine();
  Task<void> PumpSweep();
  Task<bool> LookAtAll();
  Task<void> LookAgain();
  void WakeWhoseTurnCame();

  Task<Outcome> Reconcile(std::string name);
  Task<Finding> Pass(Service& service);
  Task<Finding> Run(Service& service);
  Task<Result<std::optional<Shortage>>> Admit(Service& service, const AppSpec& spec);
  static Finding Unrendered(const Error& error);
  Task<Finding> Wait(const Service& service, Shortage shortage);
  Task<Finding> Apply(Service& service, AppSpec spec);
  Task<Finding> Pause(Service& service);
  Task<Finding> Reach(Service& service, const AppSpec& spec, const Observed& observed);
  Task<Outcome> RemoveAll(Service service);
  Task<Result<AppSpec>> Render(const Service& service, Derived as);
  Task<bool> DomainIsTaken(const Service& service);
  Task<bool> IsOthers(std::string host, std::string name);
  void NoteOwner(const Service& service);
  Task<Status> LeaveFormerHost(const Service& service);
  Task<Outcome> Store(Service before, Service after, Finding finding);
  Route RouteOf(const Service& service, const AppSpec& spec, const Observed& observed) const;

  Deps deps_;
  // The oldest service of each host that is not <name>.<domain>.
  struct Owner {
    std::string service;
    WallTime since;
  };
  std::map<std::string, Owner> owners_;
  Admissions admissions_;
  bool all_listed_ = false;                // before, nobody knows what is promised
  Event listed_;                           // all services were seen once
  std::set<std::string> removed_;          // uids: a stale read must not bring them back
  std::map<std::string, int> unanswered_;  // service -> questions without a good answer
  WorkQueue queue_;
  TaskScope scope_;
};

}  // namespace kl::app
