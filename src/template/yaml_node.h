// Our own tree of a YAML document: every node knows where it stands in the text.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kl::tmpl {

struct Text;  // expr_ast.h

// Lines and columns count from 1, columns in characters.
struct Mark {
  int line = 0;
  int column = 0;
};

struct Node;

struct Entry {
  std::string key;
  Mark mark;  // of the key
  const Node* value = nullptr;
};

// Nodes belong to their Document. An alias is the same node reached twice, so the tree is in truth
// an acyclic graph; `weight` and `height` are its size and depth as a tree.
struct Node {
  enum class Kind : std::uint8_t { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  bool plain = false;  // a scalar without quotes: "true", "5" and "null" have their YAML meaning
  Mark begin, end;
  std::size_t weight = 1;
  int height = 1;

  std::string scalar;
  std::vector<const Node*> items;
  std::vector<Entry> entries;        // in order of the text; merge keys are already resolved
  std::shared_ptr<const Text> text;  // compiled, when the scalar holds expressions or variables

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_null() const {
    return is_scalar() && plain && (scalar.empty() || scalar == "~" || scalar == "null");
  }
  // The value of `key` in a mapping, null when there is none.
  const Node* Find(std::string_view key) const {
    for (const Entry& entry : entries)
      if (entry.key == key) return entry.value;
    return nullptr;
  }
};

struct Document {
  std::deque<Node> nodes;
  const Node* root = nullptr;
};

}  // namespace kl::tmpl
