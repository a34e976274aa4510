// `kuberlogic completion bash | zsh | fish`: scripts for the shells, from the tree of commands.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace kl::cli {

enum class Shell { kBash, kZsh, kFish };

// A script that completes verbs, flags and the words a flag may have; elsewhere files. It asks
// neither the program nor the API.
std::string Completion(const CommandDoc& root, Shell shell);

}  // namespace kl::cli
