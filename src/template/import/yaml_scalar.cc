#include "template/import/yaml_scalar.h"

#include <array>

namespace kl::importer {
namespace {

bool HasControl(std::string_view text, bool lines_allowed) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (lines_allowed && (c == '\n' || c == '\t')) continue;
    if (byte < 0x20 || byte == 0x7f) return true;
  }
  return false;
}

// Whether it reads back as the same text without quotes.
bool IsPlainSafe(std::string_view text, bool flow) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (HasControl(text, false)) return false;
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`";
  if (kIndicators.find(text[0]) != kIndicators.npos) {
    const bool word = (text[0] == '-' || text[0] == ':' || text[0] == '?') && text.size() > 1 &&
                      text[1] != ' ' && text != "---";
    if (!word) return false;
  }
  if (flow && text.find_first_of(",[]{}") != text.npos) return false;
  // Quotes keep expressions in one colour for the reader, and the one at the start is required.
  if (text.find("{{") != text.npos) return false;
  return text.find(": ") == text.npos && text.find(" #") == text.npos;
}

std::string InDoubleQuotes(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      ((out += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
    else
      out += c;
  }
  return out + '"';
}

std::string InSingleQuotes(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + '\'';
}

}  // namespace

std::string WriteBlock(std::string_view text, std::size_t indent) {
  // A first line that begins with a space would be taken for the indentation.
  const std::size_t first = text.find_first_not_of('\n');
  const bool holds = first != text.npos && text[first] != ' ' && text[first] != '\t';
  if (!holds || HasControl(text, true)) return InDoubleQuotes(text) + "\n";
  std::string out = "|";
  if (!text.ends_with('\n'))
    out += '-';
  else if (text.ends_with("\n\n"))
    out += '+';
  out += '\n';
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string WriteScalar(std::string_view text, const ScalarStyle& style) {
  const bool block = style.like == '|' || style.like == '>';
  if (block) return WriteBlock(text, style.indent);
  if (HasControl(text, false)) return InDoubleQuotes(text);
  if (style.like == ' ' && IsPlainSafe(text, style.flow)) return std::string(text);
  const bool single = style.like == '\'' || text.find_first_of("\"\\") != text.npos;
  return single ? InSingleQuotes(text) : InDoubleQuotes(text);
}

}  // namespace kl::importer
