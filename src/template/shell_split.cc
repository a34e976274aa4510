#include "template/shell_split.h"

namespace kl::tmpl {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

// The inside of a quoted piece; `text` starts after the opening quote and afterwards after the
// closing one.
bool TakeQuoted(std::string_view& text, char quote, std::string& word) {
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == quote) return true;
    // Between double quotes a backslash escapes only these.
    const bool escapes = quote == '"' && c == '\\' && !text.empty() &&
                         std::string_view("\"\\$`\n").find(text.front()) != std::string_view::npos;
    if (escapes) {
      c = text.front();
      text.remove_prefix(1);
      if (c == '\n') continue;
    }
    word += c;
  }
  return false;
}

}  // namespace

// '#' is a character like any other: nobody writes a comment into a command.
std::expected<std::vector<std::string>, std::string> ShellSplit(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (kSpaces.find(c) != kSpaces.npos) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == '\'' || c == '"') {
      if (!TakeQuoted(text, c, word)) return std::unexpected(std::string("unclosed quote ") + c);
    } else if (c == '\\') {
      if (text.empty()) return std::unexpected("a backslash at the end escapes nothing");
      if (text.front() != '\n') word += text.front();
      text.remove_prefix(1);
    } else {
      word += c;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace kl::tmpl
