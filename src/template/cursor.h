// Walks the tree of a template while it is rendered: evaluates scalars, knows where it is, and
// collects what is wrong.
#pragma once

#include <optional>
#include <span>

#include "template/expr_eval.h"
#include "template/secret_book.h"
#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::tmpl {

// More findings help nobody, and a hostile file could have a million. Notes leave room for errors,
// so that a file with an error never passes for one without.
inline constexpr std::size_t kNotesMax = 300;
inline constexpr std::size_t kFindingsMax = 600;
inline bool IsFull(const std::vector<Diagnostic>& diagnostics, Severity severity) {
  return diagnostics.size() >= (severity == Severity::kNote ? kNotesMax : kFindingsMax);
}

// One pass over a template.
struct Session {
  std::string_view source;  // of the template, for positions inside a scalar
  const Value& data;
  SecretBook& book;
  Budget& budget;
  std::vector<Diagnostic>& diagnostics;
  bool notes = false;  // whether notes are wanted: a check
};

// Where in a scalar's source its character `offset` stands.
Mark Locate(const Node& scalar, std::size_t offset, std::string_view source);

// A node and the way to it. Lives on the stack; parents outlive their children.
class Cursor {
 public:
  Cursor(Session& session, const Node* root) : session_(session), node_(*root), mark_{1, 1} {}
  Cursor(const Cursor& parent, const Entry& entry)
      : session_(parent.session_),
        node_(*entry.value),
        parent_(&parent),
        key_(entry.key),
        mark_(entry.mark) {}
  Cursor(const Cursor& parent, std::size_t index)
      : session_(parent.session_),
        node_(*parent.node_.items[index]),
        parent_(&parent),
        index_(static_cast<int>(index)),
        mark_(node_.begin) {}

  const Node& node() const { return node_; }
  std::string_view key() const { return key_; }
  Session& session() const { return session_; }
  // Of the key, or of the item in a list.
  Mark mark() const { return mark_; }
  // "services.web.ports[0]"
  std::string Path() const;

  void Error(std::string message) const { Report(Severity::kError, mark_, std::move(message)); }
  void ErrorAt(Mark mark, std::string message) const {
    Report(Severity::kError, mark, std::move(message));
  }
  // About another place of the template, found when its parts are put together.
  void ErrorIn(std::string path, Mark mark, std::string message) const;
  void Note(std::string message) const { Report(Severity::kNote, mark_, std::move(message)); }

  // The scalar, evaluated. nullopt after reporting what is wrong; a null scalar is "".
  std::optional<std::string> Text() const;
  // As Text(), and reports when it is empty.
  std::optional<std::string> NonEmptyText() const;
  // The scalar for a message: as it is written, so that no instance's value gets into an error.
  std::string Shown() const;
  // Whether the scalar's own text (not what an expression returned) touches a secret.
  bool UsesSecret() const;
  std::optional<bool> Bool() const;
  std::optional<std::int64_t> Integer(std::int64_t low, std::int64_t high) const;
  // Every item of a list, evaluated. nullopt after reporting.
  std::optional<std::vector<std::string>> TextList() const;
  // `wanted` in the message: "a mapping", "a list of names".
  bool ExpectMapping(std::string_view wanted = "a mapping") const;
  bool ExpectList(std::string_view wanted = "a list") const;

 private:
  void Report(Severity severity, Mark mark, std::string message) const;
  void AppendPath(std::string& out) const;

  Session& session_;
  const Node& node_;
  const Cursor* parent_ = nullptr;
  std::string_view key_;
  int index_ = -1;
  Mark mark_;
};

// What a template may say at one level. Exactly one of `read`, `note` and `refusal` is set.
template <class Out>
struct KeyRule {
  std::string_view key;
  void (*read)(const Cursor& at, Out& out) = nullptr;
  std::string_view note = {};     // accepted without effect; why
  std::string_view refusal = {};  // what to do instead
};
template <class Out>
constexpr KeyRule<Out> NoteKey(std::string_view key, std::string_view why) {
  return {key, nullptr, why, {}};
}
template <class Out>
constexpr KeyRule<Out> RefuseKey(std::string_view key, std::string_view remedy) {
  return {key, nullptr, {}, remedy};
}

// Reports an unknown key, with the known one that resembles it.
void ReportUnknownKey(const Cursor& at, std::span<const std::string_view> known);

// Reads a mapping by `rules`, which are sorted by key. Keys starting with "x-" but not with
// "x-kuberlogic-" are the vendor's own and skipped.
template <class Out>
void ReadKeys(const Cursor& at, std::span<const KeyRule<Out>> rules, Out& out) {
  if (!at.ExpectMapping()) return;
  for (const Entry& entry : at.node().entries) {
    Cursor child(at, entry);
    auto rule =
        std::lower_bound(rules.begin(), rules.end(), std::string_view(entry.key),
                         [](const KeyRule<Out>& r, std::string_view key) { return r.key < key; });
    if (rule == rules.end() || rule->key != entry.key) {
      if (entry.key.starts_with("x-") && !entry.key.starts_with("x-kuberlogic-")) continue;
      std::vector<std::string_view> known;
      for (const KeyRule<Out>& r : rules)
        if (r.read) known.push_back(r.key);
      ReportUnknownKey(child, known);
    } else if (rule->read) {
      rule->read(child, out);
    } else if (!rule->note.empty()) {
      if (at.session().notes)
        child.Note("'" + entry.key + "' has no effect: " + std::string(rule->note));
    } else {
      child.Error("'" + entry.key + "' is not supported: " + std::string(rule->refusal));
    }
  }
}

}  // namespace kl::tmpl
