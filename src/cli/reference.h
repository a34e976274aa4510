// docs/reference/cli.md, made from the tree of commands.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace kl::cli {

std::string ReferencePage(const CommandDoc& root);

}  // namespace kl::cli
