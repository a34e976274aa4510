// MemoryStore: the twin of Store and its watch. It keeps the contract to the letter and no better:
// seeded, it serves stale reads, delays and merges notifications, and cuts watches.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ports/store.h"
#include "ports/testing/call_gate.h"

namespace kl::testing {

struct StoreFaults {
  double stale = 0;              // probability that a read shows an older state
  std::size_t stale_writes = 3;  // at most so many writes of that object ago
  Duration stale_time{1000};     // and at most so long ago
  Duration notify_delay{0};      // notifications come up to so late
  double cut = 0;                // probability that a watch says `all` instead of names
};

template <class Object>
class MemoryStore : public Store<Object>, public Watchable<Object> {
 public:
  using Objects = std::map<std::string, Object>;
  using typename Store<Object>::Page;

  explicit MemoryStore(CallGate& gate, StoreFaults faults = {}) : gate_(gate), faults_(faults) {}

  Task<Result<Object>> Get(std::string name) override;
  Task<Result<Page>> List(std::string after, int limit) override;
  Task<Result<Object>> PutSpec(Object object) override;
  Task<Result<Object>> PutStatus(Object object) override;
  Task<Status> Remove(std::string name, std::uint64_t version) override;
  std::unique_ptr<Watch<Object>> Open() override;

  // For checkers and tests: what is really there, without a call.
  const Objects& objects() const { return objects_; }
  std::uint64_t writes() const { return version_; }
  // Yesterday's copy put back. Versions go on from the present one: none is given twice.
  void Restore(Objects objects);
  StoreFaults& faults() { return faults_; }

 private:
  struct Past {
    std::optional<Object> object;  // nullopt: it was absent
    MonoTime until{};              // when it was replaced
  };
  struct Pending {
    explicit Pending(Loop& loop) : event(loop) {}
    std::set<std::string> names;
    bool all = true;
    Event event;
  };
  class MemoryWatch;

  std::optional<Object> Read(const std::string& name);
  Object Commit(const std::string& name, std::optional<Object> next);
  void Notify(const std::string& name);
  Status CheckVersion(const std::string& name, std::uint64_t version) const;

  CallGate& gate_;
  StoreFaults faults_;
  Objects objects_;
  std::map<std::string, std::deque<Past>> past_;
  std::vector<std::weak_ptr<Pending>> watches_;
  std::uint64_t version_ = 0;
};

}  // namespace kl::testing
