#include "template/import/dotenv.h"

#include <algorithm>

namespace kl::importer {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

bool IsName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.find_first_not_of(kAllowed) == name.npos;
}

// The value in quotes that begins `rest`, which goes to the end of the file; nullopt when the quote
// is never closed. `used` is how much of `rest` it took.
std::optional<std::string> Quoted(std::string_view rest, std::size_t& used) {
  const char quote = rest[0];
  std::string out;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == quote) {
      used = i + 1;
      return out;
    }
    if (quote == '"' && rest[i] == '\\' && i + 1 < rest.size()) {
      const char c = rest[++i];
      out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    } else {
      out += rest[i];
    }
  }
  return std::nullopt;
}

}  // namespace

EnvFile ParseEnvFile(std::string_view text) {
  EnvFile out;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const std::string_view whole = text.substr(0, text.find('\n'));
    std::string_view content = Trim(whole);
    std::size_t used = std::min(whole.size() + 1, text.size());
    if (content.starts_with("export ")) content = Trim(content.substr(7));
    const std::size_t equals = content.find('=');
    const std::string_view name = Trim(content.substr(0, equals));
    if (content.empty() || content[0] == '#') {
      // Nothing to read.
    } else if (equals == content.npos || !IsName(name)) {
      out.unreadable.push_back(line);
    } else {
      Variable variable{std::string(name), "", false, line};
      const std::string_view value = Trim(content.substr(equals + 1));
      std::optional<std::string> quoted;
      std::size_t length = 0;
      if (value.starts_with('"') || value.starts_with('\'')) {
        const std::string_view rest =
            text.substr(static_cast<std::size_t>(value.data() - text.data()));
        quoted = Quoted(rest, length);
        if (quoted) {
          variable.literal = value[0] == '\'';
          const std::size_t end = text.find('\n', (value.data() - text.data()) + length);
          used = end == text.npos ? text.size() : end + 1;
          line += static_cast<int>(std::count(rest.begin(), rest.begin() + length, '\n'));
        }
      }
      variable.value =
          quoted ? std::move(*quoted)
                 : std::string(Trim(value.substr(0, std::min(value.find(" #"), value.size()))));
      out.variables.push_back(std::move(variable));
    }
    text.remove_prefix(used);
  }
  return out;
}

}  // namespace kl::importer
