// A random word that an installation makes once and keeps in a file.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"

namespace kl::cmd {

// The word in `path`; made there, mode 0600 and synced, when the file does not exist. A file that
// is there and cannot be read, or is empty, is kCorrupt or kUnavailable and stays as it is: another
// word would make strangers of all that carries the first one.
Result<std::string> KeptWord(const std::string& path, Random& random);

}  // namespace kl::cmd
