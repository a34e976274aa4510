#include "cli/exit_code.h"

namespace kl::cli {

int ExitCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return 2;
    case ErrorKind::kUnauthenticated: return 6;
    case ErrorKind::kDenied: return 6;
    case ErrorKind::kNotFound: return 3;
    case ErrorKind::kConflict: return 4;
    case ErrorKind::kExhausted: return 1;
    case ErrorKind::kRateLimited: return 1;
    case ErrorKind::kUnavailable: return 5;
    case ErrorKind::kCorrupt: return 1;
    case ErrorKind::kInternal: return 1;
  }
  return 1;
}

}  // namespace kl::cli
