// The machine as Linux tells of it: /proc/meminfo, /proc/loadavg (proc(5)), and the file system
// that instances' storage is on.
#pragma once

#include <string>

#include "ports/machine.h"

namespace kl {

class LinuxMachine : public Machine {
 public:
  // `storage`: a directory on the file system of the instances. `proc` is another one in tests.
  explicit LinuxMachine(std::string storage, std::string proc = "/proc")
      : storage_(std::move(storage)), proc_(std::move(proc)) {}

  Result<Amounts> Has() override;
  Result<Amounts> Used() override;

 private:
  std::string storage_;
  std::string proc_;
};

}  // namespace kl
