// Error kind -> HTTP status, in one place.
#pragma once

#include "base/error.h"

namespace kl::api {

int HttpStatus(ErrorKind kind);

}  // namespace kl::api
