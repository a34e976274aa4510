// Compiles every scalar of a template that expressions may stand in, once.
#pragma once

#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::tmpl {

// What a scalar names, to be checked once the sections are known.
struct Reference {
  enum class Kind : std::uint8_t { kParameter, kSecret };
  Kind kind = Kind::kParameter;
  std::string name;
  const Node* node = nullptr;
  std::size_t offset = 0;
  std::string path;
};

// Sets Node::text below services, volumes, configs, secrets, x-kuberlogic-secrets and
// x-kuberlogic-welcome. x-kuberlogic-set-credentials-cmd has a language of its own. Errors and
// notes (a value that is generated in place) go to `diagnostics`.
std::vector<Reference> CompileScalars(Document& document, std::string_view source,
                                      std::vector<Diagnostic>& diagnostics);

}  // namespace kl::tmpl
