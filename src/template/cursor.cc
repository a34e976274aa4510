#include "template/cursor.h"

#include <algorithm>
#include <charconv>

namespace kl::tmpl {
namespace {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The text of the lines from `begin` to the end, cut before the column; and the line it starts at.
std::string_view From(std::string_view source, Mark begin) {
  for (int line = 1; line < begin.line; ++line) {
    std::size_t end = source.find('\n');
    if (end == source.npos) return {};
    source.remove_prefix(end + 1);
  }
  for (int column = 1; column < begin.column && !source.empty(); ++column) {
    source.remove_prefix(1);  // a character is its first byte and those that continue it
    while (!source.empty() && (static_cast<unsigned char>(source[0]) & 0xc0) == 0x80)
      source.remove_prefix(1);
  }
  return source;
}

// How often an expression or a variable starts in `text`.
std::size_t Starts(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    count += text[i] == '$' || text.substr(i).starts_with("{{");
  return count;
}

}  // namespace

// Indentation, folding and escapes change a scalar on its way from the source, but not the number
// of "{{" and "$" before a place: the nth of the value is the nth of the source.
Mark Locate(const Node& scalar, std::size_t offset, std::string_view source) {
  std::string_view value = scalar.scalar;
  offset = std::min(offset, value.size());
  std::size_t start = offset;
  auto starts_at = [&](std::size_t i) {
    return value[i] == '$' || value.substr(i).starts_with("{{");
  };
  while (start > 0 && (start == value.size() || !starts_at(start))) --start;
  if (start == value.size() || !starts_at(start)) return scalar.begin;
  std::size_t nth = Starts(value.substr(0, start)) + 1;
  std::string_view rest = From(source, scalar.begin);
  Mark mark = scalar.begin;
  std::size_t remaining = offset - start;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (nth > 0 && (rest[i] == '$' || rest.substr(i).starts_with("{{"))) --nth;
    if (nth == 0 && remaining-- == 0) return mark;
    if (rest[i] == '\n')
      mark = {mark.line + 1, 1};
    else if ((static_cast<unsigned char>(rest[i]) & 0xc0) != 0x80)
      ++mark.column;
  }
  return scalar.begin;
}

std::string Cursor::Path() const {
  std::string out;
  AppendPath(out);
  return out;
}

void Cursor::AppendPath(std::string& out) const {
  if (!parent_) return;
  parent_->AppendPath(out);
  if (index_ >= 0) {
    out += "[" + std::to_string(index_) + "]";
  } else {
    if (!out.empty()) out += '.';
    out += key_;
  }
}

void Cursor::Report(Severity severity, Mark mark, std::string message) const {
  if (IsFull(session_.diagnostics, severity)) return;
  session_.diagnostics.push_back({severity, mark.line, mark.column, Path(), std::move(message)});
}

void Cursor::ErrorIn(std::string path, Mark mark, std::string message) const {
  if (IsFull(session_.diagnostics, Severity::kError)) return;
  session_.diagnostics.push_back(
      {Severity::kError, mark.line, mark.column, std::move(path), std::move(message)});
}

std::optional<std::string> Cursor::Text() const {
  if (!node_.is_scalar()) {
    Error("a single value is wanted here, not a list or a mapping");
    return std::nullopt;
  }
  if (!node_.text) return node_.is_null() ? std::string() : node_.scalar;
  if (node_.text->generates) session_.book.SetPlace(Path());
  auto text = Evaluate(*node_.text, {session_.data, session_.book, session_.budget});
  if (text && text->find('\0') == text->npos) return std::move(*text);
  if (text) {  // a parameter may hold anything; nothing that takes this text can
    Error("a NUL byte in what " + node_.scalar.substr(0, 100) + " gives");
    return std::nullopt;
  }
  ErrorAt(Locate(node_, text.error().offset, session_.source), text.error().message);
  return std::nullopt;
}

std::optional<std::string> Cursor::NonEmptyText() const {
  auto text = Text();
  if (!text || !text->empty()) return text;
  Error("a value is missing here");
  return std::nullopt;
}

std::string Cursor::Shown() const {
  std::string text = node_.scalar.substr(0, 100);
  return node_.text ? "what '" + text + "' gives" : "'" + text + "'";
}

bool Cursor::UsesSecret() const { return node_.text && node_.text->uses_secret; }

std::optional<bool> Cursor::Bool() const {
  auto text = Text();
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  Error("true or false is wanted here, not " + Shown());
  return std::nullopt;
}

std::optional<std::int64_t> Cursor::Integer(std::int64_t low, std::int64_t high) const {
  auto text = Text();
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const char* last = text->data() + text->size();
  auto [end, error] = std::from_chars(text->data(), last, number);
  if (error == std::errc() && end == last && number >= low && number <= high) return number;
  Error("a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
        " is wanted here, not " + Shown());
  return std::nullopt;
}

std::optional<std::vector<std::string>> Cursor::TextList() const {
  if (!ExpectList()) return std::nullopt;
  std::vector<std::string> out;
  out.reserve(node_.items.size());
  bool ok = true;
  for (std::size_t i = 0; i < node_.items.size(); ++i) {
    auto text = Cursor(*this, i).Text();
    ok = ok && text;
    if (text) out.push_back(std::move(*text));
  }
  if (!ok) return std::nullopt;
  return out;
}

bool Cursor::ExpectMapping(std::string_view wanted) const {
  if (node_.is_mapping()) return true;
  Error(std::string(wanted) + " is wanted here");
  return false;
}

bool Cursor::ExpectList(std::string_view wanted) const {
  if (node_.is_sequence()) return true;
  Error(std::string(wanted) + " is wanted here");
  return false;
}

void ReportUnknownKey(const Cursor& at, std::span<const std::string_view> known) {
  if (IsFull(at.session().diagnostics, Severity::kError)) return;
  const std::string_view key = at.key().substr(0, 64);
  std::string_view best;
  std::size_t best_distance = 3;
  for (std::string_view candidate : known) {
    std::size_t distance = EditDistance(key, candidate);
    if (distance < best_distance && distance < candidate.size() / 2) {
      best = candidate;
      best_distance = distance;
    }
  }
  std::string message = "unknown key '" + std::string(key) + "': ";
  message += best.empty() ? "remove it; keys of your own start with 'x-'"
                          : "did you mean '" + std::string(best) + "'?";
  at.Error(std::move(message));
}

}  // namespace kl::tmpl
