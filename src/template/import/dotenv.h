// The `.env` file beside a Compose file, and the files `env_file` names: NAME=value lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kl::importer {

struct Variable {
  std::string name;
  std::string value;     // without quotes; its ${...} not yet replaced
  bool literal = false;  // in single quotes: a `$` in it is only a `$`
  int line = 0;          // counts from 1
};

struct EnvFile {
  std::vector<Variable> variables;  // in order of the text; the last of two alike counts
  std::vector<int> unreadable;      // lines that are neither a comment nor NAME=value

  const Variable* Find(std::string_view name) const {
    for (auto it = variables.rbegin(); it != variables.rend(); ++it)
      if (it->name == name) return &*it;
    return nullptr;
  }
};

// `export NAME=value`, quotes over several lines, and comments behind a value are understood.
EnvFile ParseEnvFile(std::string_view text);

}  // namespace kl::importer
