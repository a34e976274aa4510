// Running another program and waiting for it. Blocks: call it from an OffloadPool's thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace kl {

struct ProcessResult {
  int exit_code = 0;   // 128 + signal when a signal ended it
  std::string output;  // standard output and standard error, at most 64 KiB, the rest is dropped
};

// Runs argv[0] (searched in PATH) with no standard input, no descriptors of ours and the
// environment of this process. kNotFound when the program is not there, kUnavailable when it does
// not end within `limit` (it is killed then). An exit code other than 0 is not an error here.
Result<ProcessResult> RunProcess(const std::vector<std::string>& argv,
                                 std::chrono::milliseconds limit);

// As RunProcess, but an exit code other than 0 is kInternal with the program's last line.
Status RunProcessOk(const std::vector<std::string>& argv, std::chrono::milliseconds limit);

}  // namespace kl
