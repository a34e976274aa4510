// Why is it so? One causal line from billing event to present blocker, the timeline, and the next
// try, for a service, a subscription, a domain, a customer's e-mail or an event. Reads only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/certificates/certificate_loop.h"
#include "app/explain/room.h"
#include "app/provision/service_loop.h"
#include "app/site_marks.h"
#include "app/subscription/feed_loop.h"
#include "app/subscription/subscription_loop.h"
#include "ports/history.h"

namespace kl::app {

struct Explanation {
  std::string
      subject;  // what was asked for, as found: "subscription AzZ..." or "service magnetic-llama"
  std::string reason;   // reason code of the present blocker; "Ready" when all is well
  std::string summary;  // the causal line
  std::string remedy;   // what a person can do; empty when nothing
  std::optional<WallTime> next_retry_at;
  std::vector<HistoryRecord> timeline;  // oldest first
  std::optional<Subscription> subscription;
  std::optional<Service> service;
  std::optional<Observed> observed;
  // Why its host has no public certificate yet; nullopt also where none is wanted.
  std::optional<CertificateWait> certificate;
};

// The counts of one screen of `kuberlogic status`.
struct Overview {
  std::int64_t services = 0, ready = 0, starting = 0, paused = 0, failing = 0;
  std::int64_t in_flight = 0;  // subscriptions being worked on or waiting
  std::int64_t owed = 0;       // domains not written back yet
  std::int64_t unmatched = 0;
  std::int64_t certificates_waiting = 0;  // hosts that want a public one
  RoomReport room;
  std::vector<std::string> needs_person;  // one line each, with the command to look further
  std::vector<std::string> orphans;       // on the engine, known to no record
  std::optional<Error> provider_error;
  WallTime provider_error_since{};
  bool gate_closed = false;
  bool clock_jumped = false;
  WallTime last_event{};
};

class Explainer {
 public:
  struct Deps {
    Loop& loop;
    Records records;
    History& history;
    Engine& engine;
    SiteMarks* marks = nullptr;  // null: billing is disabled
    SubscriptionLoop* subscriptions = nullptr;
    FeedLoop* feed = nullptr;
    IntakeService* intake = nullptr;
    ServiceLoop& services;
    SubscriptionKey site;  // provider and site of the ids people ask for; without id
    CertificateLoop* certificates = nullptr;  // null: none are ordered
    const Templates* templates = nullptr;     // null: how many more fit is not told by plan
    Machine* machine = nullptr;               // null: what is used is not known
  };
  explicit Explainer(Deps deps) : deps_(deps) {}

  // `what`: service name, subscription (object name or provider's id), host, e-mail, or event id.
  // kNotFound says what was tried.
  Task<Result<Explanation>> Explain(std::string what);
  Task<Result<Overview>> Look();
  RoomReport Room() const;

 private:
  struct Subject {
    std::optional<Subscription> subscription;
    std::optional<Service> service;
    std::optional<HistoryRecord> event;
  };
  Task<Result<Subject>> Resolve(std::string what);
  Task<std::optional<HistoryRecord>> FindEvent(std::string what);
  Task<std::optional<Subscription>> FindSubscription(std::string what);
  Task<std::optional<Service>> FindService(std::string what);
  Task<std::vector<HistoryRecord>> TimelineOf(const Subject& subject);
  void Judge(Explanation& explanation, const Subject& subject);
  std::optional<WallTime> NextTry(const Subject& subject) const;

  Deps deps_;
};

}  // namespace kl::app
