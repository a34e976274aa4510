// FakeEngine: runs instances in virtual time. It belongs to the world, not to the program: what it
// holds stays when the program dies, and it counts what it did by itself, so that checkers need not
// ask the store.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ports/engine.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

struct FakeEngineOptions {
  Duration start_min{200};  // from Apply to running
  Duration start_max{3000};
  Duration restart_delay{1000};  // after a crash, doubled with every further one up to 64 times
  std::uint64_t capacity = 0;    // instances that may exist; 0: no limit. Beyond: kExhausted
};

class FakeEngine : public Engine, public EngineWatch, public EngineConsole {
 public:
  explicit FakeEngine(CallGate& gate, FakeEngineOptions options = {});

  Task<Status> Apply(AppSpec spec) override;
  Task<Status> Stop(ServiceName name, ServiceUid uid) override;
  Task<Result<Observed>> Observe(ServiceName name, ServiceUid uid) override;
  Task<Status> Remove(ServiceName name, ServiceUid uid) override;
  Task<Result<std::vector<Found>>> Inventory() override;
  Task<std::vector<ServiceName>> Next() override;
  Task<Result<std::unique_ptr<LogReader>>> Logs(ServiceName name, ServiceUid uid,
                                                LogQuery query) override;

  struct Instance {
    AppSpec spec;
    InstancePhase phase = InstancePhase::kStarting;
    std::string reason;
    std::string message;
    std::string digest;
    std::uint16_t port = 0;  // of the first route's upstream; the next routes follow
    int restarts = 0;
    bool supervised = true;       // false: the program that started it died meanwhile
    std::uint64_t attempt = 0;    // of starting; a timer of an older one does nothing
    std::optional<AppSpec> next;  // applied while its images cannot be had; `spec` goes on running
    int taken_down = 0;           // times the program ended what ran: stopped or replaced it
  };

  // The world's hand. Unknown names do nothing.
  void Crash(const ServiceName& name);  // a member dies and is started again
  void Reboot();       // every container and network is gone; data and records stay
  void ProgramDied();  // nobody supervises what was being started until the next Apply
  void Cut();          // the watch's stream ends: its next answer is "look at all"
  // Instances of that name do not start, for that reason, until Mend().
  void Break(const ServiceName& name, std::string reason, std::string message);
  // No other image can be had for that name until Mend(): what runs goes on, whatever is applied.
  void Withhold(const ServiceName& name) { withheld_.insert(name); }
  void Mend(const ServiceName& name);
  // A container someone else made under that name.
  void PlantForeign(const ServiceName& name, const ServiceUid& uid);

  // What it holds, by name, for checkers.
  const std::map<ServiceName, Instance>& instances() const { return instances_; }
  // The running instance behind "127.0.0.1:port", nullptr when nobody listens there.
  const Instance* Listening(const std::string& upstream) const;
  std::int64_t running() const;
  // How many instances were ever made for a subscription (ToString(SubscriptionKey)).
  int creations(const std::string& subscription) const;
  const std::map<std::string, std::set<ServiceUid>>& created() const { return created_; }
  int starts() const { return starts_; }  // of containers, crashes not counted
  int stops() const { return stops_; }

 private:
  Instance* Find(const ServiceName& name, const ServiceUid& uid);
  void Start(Instance& instance, Duration delay);
  void Started(const ServiceName& name, std::uint64_t attempt);
  void Replace(Instance& instance, AppSpec spec);
  void ForgetNext(Instance& instance);
  void Tell(const ServiceName& name);
  Observed Describe(const Instance& instance) const;

  CallGate& gate_;
  FakeEngineOptions options_;
  std::map<ServiceName, Instance> instances_;
  std::map<ServiceName, std::pair<std::string, std::string>> broken_;
  std::set<ServiceName> withheld_;
  std::map<std::uint16_t, ServiceName> ports_;
  std::map<std::string, std::set<ServiceUid>> created_;
  std::uint16_t next_port_ = 20000;
  std::uint64_t attempts_ = 0;
  int starts_ = 0;
  int stops_ = 0;
  std::set<ServiceName> changed_;
  bool cut_ = false;
  Event event_;
};

}  // namespace kl::testing
