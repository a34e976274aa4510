#include "template/import/source_text.h"

#include <algorithm>

#include "template/yaml_parser.h"

namespace kl::importer {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Behind the quoted text that begins at `at`.
std::size_t SkipQuoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += quote == '"' && text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// Behind the bracket that closes the one at `at`.
std::size_t SkipBrackets(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = SkipQuoted(text, at);
      continue;
    }
    if (c == '#' && text[at - 1] == ' ') at = std::min(text.find('\n', at), text.size() - 1);
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    ++at;
  }
  return at;
}

std::vector<std::size_t> LinesOf(std::string_view text) {
  std::vector<std::size_t> out = {0};
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') out.push_back(i + 1);
  return out;
}

}  // namespace

std::expected<SourceText, tmpl::Diagnostic> SourceText::Make(std::string text) {
  SourceText out;
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::erase(text, '\r');
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  auto document = tmpl::ParseYaml(text);
  if (!document) return std::unexpected(document.error());
  out.text_ = std::move(text);
  out.document_ = std::move(*document);
  out.Index();
  for (std::size_t i = 0; i < out.lines_.size(); ++i)
    out.origin_.push_back(static_cast<int>(i) + 1);
  return out;
}

void SourceText::Index() { lines_ = LinesOf(text_); }

bool SourceText::Apply(std::vector<Edit> edits) {
  // What is only inserted comes before what is replaced at the same place.
  std::ranges::stable_sort(edits, [](const Edit& a, const Edit& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    if ((a.begin == a.end) != (b.begin == b.end)) return a.begin == a.end;
    return a.end > b.end;
  });
  std::string out;
  std::vector<int> origin = {OriginOf(1)};
  // A line of the result comes from where its first character came from.
  auto append = [&](std::string_view piece, std::size_t at, bool verbatim) {
    for (char c : piece) {
      out += c;
      if (verbatim) ++at;
      if (c == '\n') origin.push_back(OriginOf(LineAt(at)));
    }
  };
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.begin < at) continue;
    append(std::string_view(text_).substr(at, edit.begin - at), at, true);
    append(edit.text, edit.begin, false);
    at = edit.end;
    if (out.empty() || out.back() == '\n') origin.back() = OriginOf(LineAt(at));
  }
  append(std::string_view(text_).substr(at), at, true);
  auto document = tmpl::ParseYaml(out);
  if (!document) return false;
  text_ = std::move(out);
  document_ = std::move(*document);
  origin_ = std::move(origin);
  Index();
  return true;
}

int SourceText::OriginOf(int line) const {
  if (origin_.empty() || line < 1) return 0;
  return origin_[std::min(static_cast<std::size_t>(line), origin_.size()) - 1];
}

std::size_t SourceText::LineBegin(int line) const {
  const auto index = static_cast<std::size_t>(std::max(line, 1)) - 1;
  return index < lines_.size() ? lines_[index] : text_.size();
}

// Columns count characters, not bytes.
std::size_t SourceText::OffsetOf(tmpl::Mark mark) const {
  std::size_t at = LineBegin(mark.line);
  for (int column = 1; column < mark.column && at < text_.size(); ++column) {
    ++at;
    while (at < text_.size() && IsContinuation(text_[at])) ++at;
  }
  return at;
}

int SourceText::LineAt(std::size_t offset) const {
  return static_cast<int>(std::ranges::upper_bound(lines_, offset) - lines_.begin());
}

std::size_t SourceText::IndentOf(int line) const {
  const std::size_t begin = LineBegin(line);
  std::size_t at = begin;
  while (at < text_.size() && text_[at] == ' ') ++at;
  return at - begin;
}

std::size_t SourceText::IndentBelow(tmpl::Mark mark) const {
  for (int line = mark.line + 1; static_cast<std::size_t>(line) <= lines_.size(); ++line) {
    const std::size_t at = LineBegin(line) + IndentOf(line);
    if (at < text_.size() && text_[at] != '\n' && text_[at] != '#') return IndentOf(line);
  }
  return static_cast<std::size_t>(mark.column) + 1;
}

std::size_t SourceText::ValueBegin(const tmpl::Node& node) const {
  std::size_t at = OffsetOf(node.begin);
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
    while (at < text_.size() && text_[at] != ' ' && text_[at] != '\n') ++at;
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\n')) ++at;
  }
  return at;
}

bool SourceText::IsFlow(const tmpl::Node& node) const {
  const std::size_t at = ValueBegin(node);
  return !node.is_scalar() && at < text_.size() && (text_[at] == '{' || text_[at] == '[');
}

std::size_t SourceText::InlineEnd(const tmpl::Node& node) const {
  if (!node.is_scalar()) return SkipBrackets(text_, ValueBegin(node));
  return OffsetOf(node.end);
}

int SourceText::LastLineOf(tmpl::Mark mark, bool is_item) const {
  auto column = static_cast<std::size_t>(mark.column) - 1;
  if (is_item) column = IndentOf(mark.line);
  int last = mark.line;
  for (int line = mark.line + 1; static_cast<std::size_t>(line) <= lines_.size(); ++line) {
    const std::size_t indent = IndentOf(line);
    const std::size_t at = LineBegin(line) + indent;
    if (at >= text_.size()) break;
    if (text_[at] == '\n') continue;  // counts only when more follows
    const bool comment = text_[at] == '#';
    const bool dash = !is_item && indent == column && text_[at] == '-' &&
                      (text_[at + 1] == ' ' || text_[at + 1] == '\n');
    if (indent > column || dash)
      last = line;
    else if (!comment)
      break;
  }
  return last;
}

Edit SourceText::RemoveLines(int first, int last) const {
  return {LineBegin(first), LineBegin(last + 1), ""};
}

// With the comma that follows, or else the one before.
Edit SourceText::RemoveInline(std::size_t begin, std::size_t end) const {
  auto space = [&](std::size_t at) {
    return at < text_.size() && (text_[at] == ' ' || text_[at] == '\n');
  };
  std::size_t after = end;
  while (space(after)) ++after;
  if (after < text_.size() && text_[after] == ',') {
    ++after;
    while (space(after)) ++after;
    return {begin, after, ""};
  }
  std::size_t before = begin;
  while (before > 0 && space(before - 1)) --before;
  if (before > 0 && text_[before - 1] == ',') return {before - 1, end, ""};
  return {begin, end, ""};
}

Edit SourceText::RemoveEntry(const tmpl::Node& mapping, const tmpl::Entry& entry) const {
  // An entry that was merged in stands in a mapping of its own, elsewhere.
  const std::size_t at = OffsetOf(entry.mark);
  if (IsFlow(mapping)) return RemoveInline(at, InlineEnd(*entry.value));
  const int last = LastLineOf(entry.mark, false);
  if (LineBegin(entry.mark.line) + IndentOf(entry.mark.line) != at) {
    // Behind a dash: what follows moves up to it.
    for (const tmpl::Entry& next : mapping.entries)
      if (next.mark.line > entry.mark.line && OffsetOf(next.mark) >= LineBegin(last + 1))
        return {at, OffsetOf(next.mark), ""};
    return RemoveInline(at, InlineEnd(*entry.value));
  }
  Edit out = RemoveLines(entry.mark.line, last);
  // Two blank lines would be left where a section was.
  const bool gap_before = out.begin < 2 || text_[out.begin - 2] == '\n';
  if (entry.mark.column == 1 && gap_before && out.end < text_.size() && text_[out.end] == '\n')
    ++out.end;
  return out;
}

Edit SourceText::RemoveItem(const tmpl::Node& sequence, const tmpl::Node& item) const {
  if (IsFlow(sequence)) return RemoveInline(OffsetOf(item.begin), InlineEnd(item));
  return RemoveLines(item.begin.line, LastLineOf(item.begin, true));
}

}  // namespace kl::importer
