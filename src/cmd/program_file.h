// Programs as files: which version one is, and putting one in another's place.
#pragma once

#include <string>

#include "base/result.h"

namespace kl::cmd {

// What `path version` prints; kInvalid when it is not a kuberlogic that runs on this machine.
Result<std::string> VersionOf(const std::string& path);

bool SameContent(const std::string& one, const std::string& other);

// `to` becomes a synced copy of `from`, executable; in one step, so that whoever starts it gets the
// old one or the new one, and a running one is not disturbed.
Status PlaceProgram(const std::string& from, const std::string& to);

}  // namespace kl::cmd
