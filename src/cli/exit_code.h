// Error kind -> exit code, in one place: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5
// unreachable, 6 denied.
#pragma once

#include "base/error.h"

namespace kl::cli {

int ExitCode(ErrorKind kind);

}  // namespace kl::cli
