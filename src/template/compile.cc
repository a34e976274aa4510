#include "template/compile.h"

#include <array>
#include <set>

#include "template/cursor.h"
#include "template/expr_parser.h"

namespace kl::tmpl {
namespace {

constexpr std::array<std::string_view, 6> kSections = {
    "services", "volumes", "configs", "secrets", "x-kuberlogic-secrets", "x-kuberlogic-welcome"};

// Visits what expressions may stand in; an alias shares its compiled text.
class Compiler {
 public:
  Compiler(std::string_view source, std::vector<Diagnostic>& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  // Nodes behind an alias are visited once. Recursion is as deep as the parser allowed.
  void Visit(const Node& node, const std::string& path) {
    if (!visited_.insert(&node).second) return;
    switch (node.kind) {
      case Node::Kind::kScalar: Scalar(node, path); break;
      case Node::Kind::kSequence:
        for (std::size_t i = 0; i < node.items.size(); ++i)
          Visit(*node.items[i], path + "[" + std::to_string(i) + "]");
        break;
      case Node::Kind::kMapping:
        for (const Entry& entry : node.entries)
          if (entry.key != "x-kuberlogic-set-credentials-cmd")
            Visit(*entry.value, path + "." + entry.key);
        break;
    }
  }

  std::vector<Reference> TakeReferences() { return std::move(references_); }

 private:
  void Scalar(const Node& node, const std::string& path) {
    if (!NeedsCompiling(node.scalar)) return;
    auto text = Compile(node.scalar);
    if (!text)
      return Report(Severity::kError, node, text.error().offset, path, text.error().message);
    for (auto& [offset, name] : text->parameters)
      references_.push_back({Reference::Kind::kParameter, name, &node, offset, path});
    for (auto& [offset, name] : text->secrets)
      references_.push_back({Reference::Kind::kSecret, name, &node, offset, path});
    if (text->generates && path == "x-kuberlogic-welcome")
      Report(Severity::kError, node, 0, path,
             "a new value at every reading: define it under x-kuberlogic-secrets and read it with "
             "Secret");
    else if (text->generates && !path.starts_with("x-kuberlogic-secrets."))
      Report(Severity::kNote, node, 0, path,
             "a value generated here is kept for the instance's life, under this place's name; "
             "x-kuberlogic-secrets would give it a name of its own");
    // The document owns its nodes and is not shared yet: this is the one place that completes them.
    const_cast<Node&>(node).text = std::make_shared<const Text>(std::move(*text));
  }

  void Report(Severity severity, const Node& node, std::size_t offset, const std::string& path,
              std::string message) {
    if (IsFull(diagnostics_, severity)) return;
    Mark mark = Locate(node, offset, source_);
    diagnostics_.push_back({severity, mark.line, mark.column, path, std::move(message)});
  }

  std::string_view source_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Reference> references_;
  std::set<const Node*> visited_;
};

}  // namespace

std::vector<Reference> CompileScalars(Document& document, std::string_view source,
                                      std::vector<Diagnostic>& diagnostics) {
  Compiler compiler(source, diagnostics);
  for (const Entry& entry : document.root->entries)
    if (std::ranges::find(kSections, entry.key) != kSections.end())
      compiler.Visit(*entry.value, entry.key);
  return compiler.TakeReferences();
}

}  // namespace kl::tmpl
