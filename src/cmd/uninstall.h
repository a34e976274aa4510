// `kuberlogic uninstall`: the program, its units and what runs of it go; customers' data goes only
// when told twice.
#pragma once

#include <string>

#include "cli/client.h"
#include "cmd/config.h"
#include "cmd/upgrade.h"

namespace kl::cmd {

struct UninstallWish {
  std::string program = kInstalledProgram;  // as installed, without `root`
  std::string root;          // files lie below it, as with make install DESTDIR=; no systemd there
  bool delete_data = false;  // told once
  std::string confirm;       // told twice: the kuberlogic_domain
};

// Ends serve, removes this installation's containers and networks (their data lies in data_dir),
// ends the gateway, unmounts the storage, then removes what the manifest of `make install` names.
// May run again after a failure. Nothing is touched when delete_data is not confirmed.
int Uninstall(const Config& config, const cli::Globals& globals, const UninstallWish& wish);

}  // namespace kl::cmd
