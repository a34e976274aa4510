// `kuberlogic try FILE`: one instance of a template on this machine, through the parts `serve` has,
// without billing; everything of it goes when the program ends.
#pragma once

#include <string>
#include <vector>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

struct TryWish {
  std::string file;
  std::string plan;                     // empty: `default`, else the first
  std::vector<std::string> parameters;  // "name=value", over the plan's
  bool once = false;                    // ends by itself when the instance is ready
  int patience_seconds = 0;             // gives up when it is not ready by then; 0: never
};

// Engine, registry login and programs come from `base`, nothing else: state, ports, addresses and
// certificates are the trial's own. What an earlier trial left behind because it was killed is
// removed first. Exit code 0: the instance was ready, and nothing of it is left.
int Try(const Config& base, const cli::Globals& globals, const TryWish& wish);

}  // namespace kl::cmd
