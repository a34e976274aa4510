// `kuberlogic upgrade`: puts a new program in place of the installed one, and the old one back when
// the new one is not ready in time. Instances and the gateway go on meanwhile.
#pragma once

#include <string>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

inline constexpr char kInstalledProgram[] = "/usr/local/bin/kuberlogic";

struct UpgradeWish {
  std::string from;  // the new program; empty: the one that runs this
  std::string program = kInstalledProgram;
  int patience_seconds = 60;
  bool back = false;  // to what the last upgrade replaced
};

// 0: the wished program serves. 1: it does not, and the former one serves again, or the message
// says what to do.
int Upgrade(const Config& config, const cli::Globals& globals, const UpgradeWish& wish);

}  // namespace kl::cmd
