// The text of a Compose file while it is being rewritten: edits by byte range, and for every line
// of the result the line of the file it came from.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::importer {

// Replaces the bytes [begin, end).
struct Edit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

// Marks are those of `document()`, which is always the tree of `text()`.
class SourceText {
 public:
  // The first thing that makes `text` no Compose file at all is the error.
  static std::expected<SourceText, tmpl::Diagnostic> Make(std::string text);

  const std::string& text() const { return text_; }
  const tmpl::Document& document() const { return document_; }
  const tmpl::Node& root() const { return *document_.root; }

  // Applies edits; of two that overlap the one that begins first (the longer one, where they begin
  // alike) wins, and insertions all take place. False, and nothing is changed, when the result
  // would not be YAML any more.
  bool Apply(std::vector<Edit> edits);

  // The line of the file from which a line of text() came.
  int OriginOf(int line) const;

  // ---- places in text() ----
  std::size_t OffsetOf(tmpl::Mark mark) const;
  int LineAt(std::size_t offset) const;
  std::size_t LineBegin(int line) const;  // end of the text beyond the last line
  // Of a line: the spaces in front.
  std::size_t IndentOf(int line) const;

  // Of what stands below the key at `mark`.
  std::size_t IndentBelow(tmpl::Mark mark) const;

  // Where a node's own text begins: behind an anchor and a tag.
  std::size_t ValueBegin(const tmpl::Node& node) const;
  // Whether a collection is written in brackets.
  bool IsFlow(const tmpl::Node& node) const;
  // Behind a node that stands in brackets, a scalar on one line, or brackets themselves.
  std::size_t InlineEnd(const tmpl::Node& node) const;

  // The lines of a block entry whose key stands at `mark`, or of an item whose dash stands before
  // `mark`: up to the first line that belongs to something else, comments that follow excluded.
  int LastLineOf(tmpl::Mark mark, bool is_item) const;

  // Edits that remove an entry or an item together with the lines it fills.
  Edit RemoveEntry(const tmpl::Node& mapping, const tmpl::Entry& entry) const;
  Edit RemoveItem(const tmpl::Node& sequence, const tmpl::Node& item) const;

 private:
  void Index();
  Edit RemoveLines(int first, int last) const;
  Edit RemoveInline(std::size_t begin, std::size_t end) const;

  std::string text_;
  std::vector<int> origin_;         // of every line
  std::vector<std::size_t> lines_;  // where each begins
  tmpl::Document document_;
};

}  // namespace kl::importer
