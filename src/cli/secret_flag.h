// Secrets given on the command line.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace kl::cli {

// "@FILE": the file's text, at most 64 KiB; "-": a line of standard input; anything else is the
// secret itself. Line breaks at the end are cut. kInvalid names the file.
Result<SecretString> ReadSecretFlag(const std::string& text);

}  // namespace kl::cli
