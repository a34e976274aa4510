// What keeps `kuberlogic serve` running and is asked to stop and start it: systemd, or a program of
// the operator's. Blocks.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace kl::cmd {

class ServiceManager {
 public:
  // `command`: a program called with "start" or "stop" as its only argument (configuration key
  // service_command). It returns when `serve` has been started, or has ended, and closes its
  // output. Empty: systemctl with the unit kuberlogic.service.
  explicit ServiceManager(std::string command) : command_(std::move(command)) {}

  // Returns when it was started, not when it is ready. kUnavailable with the program's words.
  Status Start() const;
  // Returns when it has ended; it is not restarted until Start(). Not running: no error.
  Status Stop() const;

  // Where the operator reads why `serve` does not start.
  std::string log_hint() const;

 private:
  Status Call(const std::vector<std::string>& argv) const;
  std::string command_;
};

}  // namespace kl::cmd
