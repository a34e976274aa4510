#pragma once

#include <string>

namespace kl::cmd {

// Of this program, "0.1.0": the one place all others ask.
std::string Version();

}  // namespace kl::cmd
