// FakeExec: the twin of InstanceExec over FakeEngine. Commands do what the test says.
#pragma once

#include <functional>
#include <vector>

#include "ports/exec.h"
#include "ports/testing/fake_engine.h"

namespace kl::testing {

class FakeExec : public InstanceExec {
 public:
  FakeExec(CallGate& gate, const FakeEngine& engine) : gate_(gate), engine_(engine) {}

  Task<Result<CommandOutcome>> Run(ServiceName name, ServiceUid uid,
                                   InstanceCommand command) override;

  // What every command comes to; success without output unless set.
  std::function<CommandOutcome(const InstanceCommand&)> answer;
  const std::vector<InstanceCommand>& ran() const { return ran_; }

 private:
  CallGate& gate_;
  const FakeEngine& engine_;
  std::vector<InstanceCommand> ran_;
};

}  // namespace kl::testing
