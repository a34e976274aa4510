#include "ports/testing/fake_exec.h"

#include <algorithm>

namespace kl::testing {

Task<Result<CommandOutcome>> FakeExec::Run(ServiceName name, ServiceUid uid,
                                           InstanceCommand command) {
  KL_PASS(gate_, Before, "engine.exec");
  const auto found = engine_.instances().find(name);
  if (found == engine_.instances().end() || found->second.spec.uid != uid)
    co_return Fail(ErrorKind::kNotFound, "instance " + name.str() + ": not there");
  const auto& members = found->second.spec.members;
  if (std::ranges::find(members, command.member, &Member::name) == members.end())
    co_return Fail(ErrorKind::kNotFound,
                   "instance " + name.str() + ": no member '" + command.member + "'", "member");
  if (found->second.phase != InstancePhase::kRunning)
    co_return Fail(ErrorKind::kConflict, "instance " + name.str() + ": does not run");
  CommandOutcome outcome = answer ? answer(command) : CommandOutcome{};
  ran_.push_back(std::move(command));
  KL_PASS(gate_, After, "engine.exec");
  co_return outcome;
}

}  // namespace kl::testing
