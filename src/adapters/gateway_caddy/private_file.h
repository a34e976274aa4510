// Small files only we may read, written whole or not at all.
#pragma once

#include <string>

#include "base/result.h"

namespace kl::gateway {

// At most 1 MiB. kNotFound when it is not there, kUnavailable when it cannot be read.
Result<std::string> ReadPrivate(const std::string& path);
// 0600, replaced by a rename; its directory exists. kExhausted when the disk is full, else
// kUnavailable.
Status WritePrivate(const std::string& path, const std::string& text);

}  // namespace kl::gateway
