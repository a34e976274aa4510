#include "template/yaml_parser.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <set>

namespace kl::tmpl {
namespace {

std::string_view View(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

// Owns one libyaml event at a time.
class Events {
 public:
  explicit Events(std::string_view text) {
    ok_ = yaml_parser_initialize(&parser_) == 1;
    if (ok_)
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                   text.size());
  }
  Events(const Events&) = delete;
  ~Events() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  // False when the text is not YAML; see parser().
  bool Next() {
    yaml_event_delete(&event_);
    event_ = {};
    return ok_ && yaml_parser_parse(&parser_, &event_) == 1;
  }
  const yaml_event_t& event() const { return event_; }
  const yaml_parser_t& parser() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool ok_ = false;
};

// Without its newline; empty beyond the last line.
std::string_view LineOf(std::string_view text, int line) {
  while (--line > 0) {
    std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// `key: {{ ... }}` without quotes is a YAML mapping: the commonest mistake in a template.
bool HasUnquotedExpression(std::string_view line) {
  std::size_t start = line.find_first_not_of(" -");
  if (start != line.npos && line.substr(start).starts_with("{{")) return true;
  std::size_t colon = line.find(':');
  if (colon == line.npos) return false;
  start = line.find_first_not_of(' ', colon + 1);
  return start != line.npos && line.substr(start).starts_with("{{");
}

constexpr std::string_view kQuoteIt =
    "an expression at the start of a value must be quoted: key: \"{{ ... }}\"";

// Recursive descent over libyaml's events. Recursion is bounded by kDepthMax; an anchor is known
// only after its node is complete, so no alias can form a cycle.
class Builder {
 public:
  explicit Builder(std::string_view text) : text_(text), lines_(CountLines(text)), events_(text) {}

  std::expected<Document, Diagnostic> Run() {
    if (text_.size() > kTextBytesMax)
      return Refuse({1, 1}, "file too large: at most 1 MiB; put large content into the image");
    if (const std::size_t nul = text_.find('\0'); nul != text_.npos)
      return Refuse({CountLines(text_.substr(0, nul)), 1}, "a NUL byte is not text");
    if (!Advance() || !Advance()) return std::unexpected(error_);  // stream start, document start
    if (events_.event().type == YAML_STREAM_END_EVENT)
      return Refuse({1, 1}, "empty file: a template needs at least `services`");
    if (!Advance()) return std::unexpected(error_);
    const Node* root = Parse(0);
    if (!root) return std::unexpected(error_);
    if (!Advance() || !Advance()) return std::unexpected(error_);  // document end, stream end
    if (events_.event().type != YAML_STREAM_END_EVENT)
      return Refuse(At(events_.event().start_mark),
                    "a second document: a template is one document, remove `---`");
    document_.root = root;
    return std::move(document_);
  }

 private:
  // What libyaml notices at the end of the text stands behind it.
  Mark At(const yaml_mark_t& mark) const {
    return {std::min(static_cast<int>(mark.line) + 1, lines_), static_cast<int>(mark.column) + 1};
  }

  std::unexpected<Diagnostic> Refuse(Mark mark, std::string message) {
    return std::unexpected(Diagnostic{Severity::kError, mark.line, mark.column, "", message});
  }
  const Node* Fail(Mark mark, std::string message) {
    error_ = {Severity::kError, mark.line, mark.column, "", std::move(message)};
    return nullptr;
  }

  const Node* TooDeep(Mark mark) {
    return Fail(mark, "nested too deeply: at most " + std::to_string(kDepthMax) + " levels");
  }

  // The next event, or the reason why there is none. libyaml tells where it noticed (`problem`) and
  // where what it was in began (`context`).
  bool Advance() {
    if (events_.Next()) return true;
    const yaml_parser_t& parser = events_.parser();
    Mark mark = At(parser.problem_mark);
    std::string message = "not YAML";
    if (parser.problem) message += ": " + std::string(parser.problem);
    for (int line : {mark.line, At(parser.context_mark).line}) {
      if (!HasUnquotedExpression(LineOf(text_, line))) continue;
      mark.line = line;
      message = kQuoteIt;
      break;
    }
    Fail(mark, message);
    return false;
  }

  Node* NewNode(Node::Kind kind) {
    Mark mark = At(events_.event().start_mark);
    if (document_.nodes.size() >= kNodesMax) {
      Fail(mark, "too many values: at most " + std::to_string(kNodesMax));
      return nullptr;
    }
    Node& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.begin = mark;
    node.end = At(events_.event().end_mark);
    return &node;
  }

  // Aliases can multiply a small text, and deepen it.
  bool AddWeight(Node& to, const Node& child) {
    to.weight += child.weight;
    to.height = std::max(to.height, child.height + 1);
    if (to.height > kDepthMax) return TooDeep(child.begin);
    if (to.weight <= kWeightMax) return true;
    return Fail(child.begin, "too many values once every alias is spelled out: at most " +
                                 std::to_string(kWeightMax));
    return false;
  }

  // Parses the node that starts at the present event; afterwards that event is the node's last.
  const Node* Parse(int depth) {
    const yaml_event_t& event = events_.event();
    if (depth > kDepthMax) return TooDeep(At(event.start_mark));
    switch (event.type) {
      case YAML_ALIAS_EVENT: return ParseAlias();
      case YAML_SCALAR_EVENT: return ParseScalar();
      case YAML_SEQUENCE_START_EVENT: return ParseSequence(depth);
      case YAML_MAPPING_START_EVENT: return ParseMapping(depth);
      default: return Fail(At(event.start_mark), "not YAML: a value is missing");
    }
  }

  // The same node again; see AddWeight for what keeps that harmless.
  const Node* ParseAlias() {
    const yaml_event_t& event = events_.event();
    auto it = anchors_.find(View(event.data.alias.anchor));
    if (it != anchors_.end()) return it->second;
    return Fail(At(event.start_mark), "alias *" + std::string(View(event.data.alias.anchor)) +
                                          " has no anchor before it: define it with & first");
  }

  // The core schema's own tags say nothing new; any other would ask for a meaning that is not
  // there.
  bool CheckTag(const yaml_char_t* tag) {
    std::string_view name = View(tag);
    if (name.empty() || name.starts_with("tag:yaml.org,2002:str")) return true;
    for (std::string_view known : {"map", "seq", "int", "bool", "float", "null"})
      if (name == "tag:yaml.org,2002:" + std::string(known)) return true;
    Fail(At(events_.event().start_mark),
         "tag " + std::string(name) + " is not supported: remove it");
    return false;
  }

  const Node* ParseScalar() {
    const auto& scalar = events_.event().data.scalar;
    if (!CheckTag(scalar.tag)) return nullptr;
    Node* node = NewNode(Node::Kind::kScalar);
    if (!node) return nullptr;
    node->scalar.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node->plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && !scalar.tag;
    if (scalar.anchor) anchors_[std::string(View(scalar.anchor))] = node;
    return node;
  }

  const Node* ParseSequence(int depth) {
    const auto& start = events_.event().data.sequence_start;
    if (!CheckTag(start.tag)) return nullptr;
    std::string anchor(View(start.anchor));
    Node* node = NewNode(Node::Kind::kSequence);
    while (node) {
      if (!Advance()) return nullptr;
      if (events_.event().type == YAML_SEQUENCE_END_EVENT) break;
      const Node* item = Parse(depth + 1);
      if (!item || !AddWeight(*node, *item)) return nullptr;
      node->items.push_back(item);
    }
    if (node && !anchor.empty()) anchors_[anchor] = node;
    return node;
  }

  const Node* ParseMapping(int depth) {
    const auto& start = events_.event().data.mapping_start;
    if (!CheckTag(start.tag)) return nullptr;
    std::string anchor(View(start.anchor));
    Node* node = NewNode(Node::Kind::kMapping);
    std::set<std::string> seen;
    std::vector<const Node*> merges;
    while (node) {
      if (!Advance()) return nullptr;
      if (events_.event().type == YAML_MAPPING_END_EVENT) break;
      if (!ParseEntry(*node, seen, merges, depth)) return nullptr;
    }
    if (node && !Merge(*node, seen, merges)) return nullptr;
    if (node && !anchor.empty()) anchors_[anchor] = node;
    return node;
  }

  bool ParseEntry(Node& mapping, std::set<std::string>& seen, std::vector<const Node*>& merges,
                  int depth) {
    Mark mark = At(events_.event().start_mark);
    bool scalar = events_.event().type == YAML_SCALAR_EVENT;
    if (!scalar && events_.event().type != YAML_ALIAS_EVENT) {
      bool expression = events_.event().type == YAML_MAPPING_START_EVENT;
      Fail(mark, expression ? std::string(kQuoteIt) : "a key must be a plain word");
      return false;
    }
    const Node* key = Parse(depth + 1);
    if (!key || !key->is_scalar()) return key && Fail(mark, "a key must be a plain word");
    if (key->scalar.find("{{") != std::string::npos)
      return Fail(mark, "an expression cannot be a key: expressions stand in values only");
    if (!seen.insert(key->scalar).second)
      return Fail(mark, "duplicate key '" + key->scalar + "': keep one of them");
    if (!Advance()) return false;
    const Node* value = Parse(depth + 1);
    if (!value || !AddWeight(mapping, *value)) return false;
    if (key->scalar == "<<" && key->plain)
      merges.push_back(value);
    else
      mapping.entries.push_back({key->scalar, mark, value});
    return true;
  }

  // Shallow, as YAML defines it: nested mappings are replaced, not merged.
  bool Merge(Node& mapping, std::set<std::string>& seen, const std::vector<const Node*>& merges) {
    for (const Node* merge : merges) {
      std::vector<const Node*> sources = merge->is_sequence() ? merge->items : std::vector{merge};
      for (const Node* source : sources) {
        if (!source->is_mapping())
          return Fail(merge->begin, "`<<` takes a mapping or a list of mappings: <<: *anchor");
        for (const Entry& entry : source->entries)
          if (seen.insert(entry.key).second) mapping.entries.push_back(entry);
      }
    }
    return true;
  }

  std::string_view text_;
  const int lines_;
  Events events_;
  Document document_;
  std::map<std::string, const Node*, std::less<>> anchors_;
  Diagnostic error_;
};

}  // namespace

int CountLines(std::string_view text) {
  int lines = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const bool pair = rest.starts_with("\r\n");  // counted at its second half
    if (rest[0] == '\n' || (rest[0] == '\r' && !pair) || rest.starts_with("\xc2\x85") ||
        rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9"))
      ++lines;
  }
  return lines;
}

std::expected<Document, Diagnostic> ParseYaml(std::string_view text) { return Builder(text).Run(); }

}  // namespace kl::tmpl
