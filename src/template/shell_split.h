// Compose's `command: some "shell words"` -> arguments.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace kl::tmpl {

// Words as a shell separates them: quotes '...' and "...", backslashes, adjoining pieces. Nothing
// is expanded. The error says what is unclosed.
std::expected<std::vector<std::string>, std::string> ShellSplit(std::string_view text);

}  // namespace kl::tmpl
