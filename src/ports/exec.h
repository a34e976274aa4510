// Running a command inside an instance. Loop's thread only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"
#include "domain/ids.h"

namespace kl {

struct InstanceCommand {
  std::string member;
  std::vector<std::string> arguments;               // no shell of ours in between
  std::map<std::string, SecretString> environment;  // beside the container's own
  Duration limit = std::chrono::seconds(60);
};

struct CommandOutcome {
  int exit_code = 0;
  std::string output;  // both streams, the last 4 KiB; may repeat a secret
};

class InstanceExec {
 public:
  virtual ~InstanceExec() = default;
  // Waits for the command's end. kNotFound: the instance has no such container. kConflict: it does
  // not run. kUnavailable: the engine does not answer, or the limit has passed (the command may go
  // on). That the command fails is no error: see exit_code.
  virtual Task<Result<CommandOutcome>> Run(ServiceName name, ServiceUid uid,
                                           InstanceCommand command) = 0;
};

}  // namespace kl
