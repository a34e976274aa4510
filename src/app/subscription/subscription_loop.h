// The subscription loop: from "something may have changed" to "the instance is as the subscription
// says, and the provider knows its domain". Level-triggered and idempotent: a pass reads what is
// and goes on from there.
//
//   hints ─┐                       ┌─ read (batched)      ─ record, service: as derived
//   sweep ─┼─▶ queue by id ─▶ pass ┼─ decide (domain/)    ─ suspensions, through the gate
//   watch ─┘                       └─ act                 ─ publication
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/publish_domain/publisher.h"
#include "app/site_marks.h"
#include "app/subscription/instance_keeper.h"
#include "control/work_queue.h"
#include "ports/hints.h"

namespace kl::app {

class SubscriptionLoop {
 public:
  struct Deps {
    Loop& loop;
    Random& random;
    Records records;
    Hints& hints;
    Provider& provider;
    ProviderFeed& feed;
    Watchable<Service>& services;
    Templates& templates;
    SiteMarks& marks;
    Timeline& timeline;
    const Settings& settings;
  };
  explicit SubscriptionLoop(Deps deps);

  // Starts the pumps. `found`: what the engine holds at start (invariant 10, adoption).
  void Start(const std::vector<Found>& found);

  // An operator's wishes; each re-reads the subscription now. kNotFound when there is no such
  // record.
  struct Wish {
    bool force = false;      // write the domain although scheduled changes are deleted by it
    bool republish = false;  // write the domain although someone changed the field
  };
  Task<Status> Sync(std::string name, Wish wish);

  // Tries everything that waits again now (the gate was released).
  void Nudge();

  std::vector<Found> Orphans() const { return keeper_.Orphans(); }
  const ProviderHealth& health() const { return reader_.health(); }
  const WorkQueue& queue() const { return queue_; }
  std::size_t in_flight() const { return pending_.size(); }
  // Whether something is still to be done about the subscription with this object name, or may be:
  // the hints that are kept were not all taken yet.
  bool IsPending(const std::string& name) const;

 private:
  // Reads in a row that were behind, ever further apart.
  struct Behind {
    std::size_t reads = 0;
    MonoTime due{};  // of the next one that counts
  };
  // What asks for a pass over one subscription, besides the state itself.
  struct Pending {
    std::vector<PendingHint> hints;
    int wishes = 0;  // to read whatever the versions say
    Behind lagged;   // older than the hint
    Behind unknown;  // the provider did not know the id
    int behind = 0;  // reads for a write that were older than what is known
  };
  // One pass over one subscription.
  struct Pass {
    std::string id;
    Subscription record;
    std::vector<std::string> tickets;
    int wishes = 0;           // what it fulfils; one that comes while it runs is for the next
    bool read_again = false;  // for the write that is owed
    bool is_new = false;
    std::uint64_t loaded = 0;  // version of the record as it was read; 0: there was none
  };
  // What to do after a step of a pass: go on (nullopt) or leave the pass with this outcome.
  using Leave = std::optional<Outcome>;
  // When to read again; nullopt when patience is at its end. A read that something else caused
  // meanwhile, the same event delivered twice, costs none of it.
  Leave AskAgain(Behind& row) const;

  Task<void> PumpHints();
  Task<void> PumpServices();
  Task<void> PumpOwed();
  Task<void> Expand(PendingHint hint);
  Task<Result<std::vector<std::string>>> IdsOf(const Hint& hint);
  void QueueOwn(const Service& service);
  Task<Outcome> Reconcile(std::string id);
  Task<Outcome> RunPass(std::string id);
  Task<Status> Load(Pass& pass);
  void NoteEvents(Pass& pass);
  bool MustRead(const Pass& pass) const;
  Task<Leave> Observe(Pass& pass);
  Task<Leave> OnAbsent(Pass& pass);
  Task<Leave> Accept(Pass& pass, BillingSubscription truth, MonoTime asked_at);
  Task<Leave> Settle(Pass& pass);
  Task<Leave> SettleRunning(Pass& pass, const TemplateInfo& info, const PlanMatch& match);
  Task<Leave> SettleUnmatched(Pass& pass);
  Task<Leave> SettleStopped(Pass& pass);
  Task<Leave> Publish(Pass& pass, int round);
  Task<Leave> ReadForWrite(Pass& pass);
  std::optional<MonoTime> ReadBehindWrite(const Pass& pass);
  void NoteRead(const std::string& id, MonoTime asked_at);
  void ForgetReads();
  std::optional<MonoTime> LastRead(const std::string& id) const;
  Task<Status> Fence(Pass& pass);
  Task<Status> EditService(std::string name, std::function<bool(Service&)> edit);
  Task<Result<bool>> AdmitStop(const Pass& pass);
  Task<Result<std::int64_t>> CountRunning();
  Task<Outcome> Close(Pass& pass, Outcome outcome);
  void NoteMatched(Pass& pass, bool matched, std::string_view reason, std::string message);
  Outcome Failed(const Pass& pass, const Error& error, std::string_view doing);

  Deps deps_;
  BatchReader reader_;
  InstanceKeeper keeper_;
  Publisher publisher_;
  std::map<std::string, Pending> pending_;  // by subscription id
  std::string hints_after_;
  bool hints_taken_ = false;  // all that were kept at start
  // When each subscription was last read, for as long as that read may stand behind a write: passes
  // are many, the read of the first one serves them all.
  std::unordered_map<std::string, MonoTime> read_at_;
  std::deque<std::pair<MonoTime, std::string>> reads_;  // the same in order of time
  WorkQueue queue_;
  TaskScope scope_;
};

}  // namespace kl::app
