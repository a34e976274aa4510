// `kuberlogic diag`: one archive with what somebody who helps needs to know.
#pragma once

#include <string>
#include <vector>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

struct DiagWish {
  std::string output;             // empty: kuberlogic-diag-<time>.tar.gz here
  std::vector<std::string> logs;  // files beside those that are found
  int lines = 2000;               // the last of each log
};

// Writes versions, the machine, the configuration with its secrets masked, status, objects with
// their conditions, explanations of what is not ready, events, audit, metrics and the last log
// lines into `output`, for its owner alone. Secrets and e-mail addresses are taken out of
// everything; what cannot be had (an API that is down) is said in the archive's problems.txt. Asks
// for no generated secret, reads nothing of the instances. `config` may be an error: the archive
// then says so. 0, or 2 when the archive cannot be written.
int Diag(const Result<Config>& config, const cli::Globals& globals, const DiagWish& wish);

}  // namespace kl::cmd
