// FakeGateway routes hosts in memory; FakeOutside asks them as a customer would, and knows what
// truly runs behind a route. Both belong to the world: routes live on when the program dies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/gateway.h"
#include "ports/testing/fake_engine.h"

namespace kl::testing {

class FakeGateway : public Gateway {
 public:
  explicit FakeGateway(CallGate& gate) : gate_(gate) {}

  Task<Status> Put(Route route) override;
  Task<Status> Remove(std::string host) override;
  Task<Result<std::vector<Route>>> List() override;

  // Down: calls fail with kUnavailable, what they asked for is made by Up(), nobody is served.
  void Down() { down_ = true; }
  void Up();
  void LoseRoutes();  // restarted with an empty configuration: Up() puts what was asked for
  void ProgramDied() { asked_.clear(); }

  bool down() const { return down_; }
  // nullptr: no such host is served.
  const Route* Serving(const std::string& host) const;
  const std::map<std::string, Route>& live() const { return live_; }
  int changes() const { return changes_; }  // that were not equal to what was there

 private:
  void Apply();

  CallGate& gate_;
  bool down_ = false;
  std::map<std::string, Route> asked_;  // in this process's life
  std::map<std::string, Route> live_;
  std::vector<std::string> to_remove_;  // asked for while down
  int changes_ = 0;
};

class FakeOutside : public Outside {
 public:
  FakeOutside(CallGate& gate, const FakeGateway& gateway, const FakeEngine& engine)
      : gate_(gate), gateway_(gateway), engine_(engine) {}

  Task<Result<Answer>> Get(std::string host, std::string path, bool insecure) override;

  // What a customer sees now, without a call of the program.
  Result<Answer> Look(const std::string& host, const std::string& path);
  // When the host first gave a good answer, by whoever asked.
  const std::map<std::string, WallTime>& first_answers() const { return first_answers_; }
  // Hosts that were answered by an instance of another host: a customer saw another's data.
  const std::vector<std::string>& mixed_up() const { return mixed_up_; }

  // Answers are this status instead of 200 although the instance runs; 0: off.
  int sick_status = 0;

 private:
  CallGate& gate_;
  const FakeGateway& gateway_;
  const FakeEngine& engine_;
  std::map<std::string, WallTime> first_answers_;
  std::vector<std::string> mixed_up_;
};

}  // namespace kl::testing
