#include "api/status_code.h"

namespace kl::api {

int HttpStatus(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return 422;
    case ErrorKind::kUnauthenticated: return 401;
    case ErrorKind::kDenied: return 403;
    case ErrorKind::kNotFound: return 404;
    case ErrorKind::kConflict: return 409;
    case ErrorKind::kExhausted: return 503;
    case ErrorKind::kRateLimited: return 429;
    case ErrorKind::kUnavailable: return 503;
    case ErrorKind::kCorrupt: return 503;
    case ErrorKind::kInternal: return 503;
  }
  return 503;
}

}  // namespace kl::api
