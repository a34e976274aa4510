#include "template/credentials.h"

namespace kl::tmpl {
namespace {

std::unexpected<ExprError> FailAt(std::size_t offset, std::string message) {
  return std::unexpected(ExprError{offset, std::move(message)});
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '-')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '-')) text.remove_suffix(1);
  return text;
}

bool IsName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == name.npos;
}

// Which quotes of the shell are open.
// The script is read as far as a shell's quotes need it, no further: expansions and here-documents
// are the author's own text and hold nothing submitted.
enum class Quotes { kNone, kSingle, kDouble };

Quotes After(Quotes quotes, char c) {
  if (c == '\'' && quotes != Quotes::kDouble)
    return quotes == Quotes::kSingle ? Quotes::kNone : Quotes::kSingle;
  if (c == '"' && quotes != Quotes::kSingle)
    return quotes == Quotes::kDouble ? Quotes::kNone : Quotes::kDouble;
  return quotes;
}

// Quoted in every context: within single quotes they are closed, the reference is put between
// double quotes, and they are opened again.
std::string Reference(std::string_view name, Quotes quotes) {
  std::string variable = "${CREDENTIAL_" + std::string(name) + "}";
  switch (quotes) {
    case Quotes::kNone: return "\"" + variable + "\"";
    case Quotes::kDouble: return variable;
    case Quotes::kSingle: return "'\"" + variable + "\"'";
  }
  return variable;
}

}  // namespace

ExprResult<std::string> CompileCredentialsScript(std::string_view script) {
  std::string out;
  Quotes quotes = Quotes::kNone;
  for (std::size_t i = 0; i < script.size(); ++i) {
    std::string_view rest = script.substr(i);
    if (rest.starts_with("{{")) {
      std::size_t end = rest.find("}}");
      if (end == rest.npos) return FailAt(i, "unclosed expression: '}}' is missing");
      std::string_view inside = Trim(rest.substr(2, end - 2));
      if (!inside.starts_with('.') || !IsName(inside.substr(1)))
        return FailAt(i, "only a submitted value can stand here: {{ .name }}");
      out += Reference(inside.substr(1), quotes);
      i += end + 1;
    } else if (rest.starts_with("$$")) {
      out += '$';
      ++i;
    } else if (rest[0] == '\\' && quotes != Quotes::kSingle && rest.size() > 1) {
      out += rest.substr(0, 2);
      ++i;
    } else {
      quotes = After(quotes, rest[0]);
      out += rest[0];
    }
  }
  if (quotes != Quotes::kNone) return FailAt(script.size(), "an unclosed quote in the command");
  return out;
}

namespace {

std::optional<std::string> Script(const Cursor& at) {
  auto script = CompileCredentialsScript(at.node().scalar);
  if (script) return std::move(*script);
  at.ErrorAt(Locate(at.node(), script.error().offset, at.session().source), script.error().message);
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> ReadCredentialsArguments(const Cursor& at) {
  if (at.node().is_scalar()) {
    if (at.node().scalar.empty()) {
      at.Error("a command is wanted here");
      return std::nullopt;
    }
    auto script = Script(at);
    if (!script) return std::nullopt;
    return std::vector<std::string>{"/bin/sh", "-c", std::move(*script)};
  }
  if (!at.ExpectList("a command, or a list of its words")) return std::nullopt;
  const auto& items = at.node().items;
  const bool shell =
      items.size() == 3 && items[0]->scalar.ends_with("sh") && items[1]->scalar == "-c";
  std::vector<std::string> out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Cursor item(at, i);
    const std::string& word = item.node().scalar;
    if (shell && i == 2) {
      auto script = Script(item);
      if (!script) return std::nullopt;
      out.push_back(std::move(*script));
    } else if (!item.node().is_scalar() || word.find("{{") != word.npos) {
      item.Error(
          "submitted values reach a command as environment: write the command as one string");
      return std::nullopt;
    } else {
      out.push_back(word);
    }
  }
  if (!out.empty()) return out;
  at.Error("a command is wanted here");
  return std::nullopt;
}

}  // namespace kl::tmpl
