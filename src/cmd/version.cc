#include "cmd/version.h"

namespace kl::cmd {

// Read from the program file at run time, so that it is there once and as text: whoever looks at a
// program that does not run here can tell its version (strings kuberlogic).
static const char* const volatile kVersion = "version=" KL_VERSION;

std::string Version() {
  const std::string text = kVersion;
  return text.substr(text.find('=') + 1);
}

}  // namespace kl::cmd
