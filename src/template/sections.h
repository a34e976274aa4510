// The sections of a template that are read once, when it is loaded: parameters, plans, secrets,
// welcome.
#pragma once

#include "domain/template_info.h"
#include "template/secret_book.h"
#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::tmpl {

struct Sections {
  std::map<std::string, Parameter> parameters;
  std::map<std::string, Plan> plans;
  std::map<std::string, Mark> plan_marks;  // of `limits`, else of the plan
  std::vector<SecretDefinition> secrets;
  const Node* welcome = nullptr;
};

// What is wrong goes to `diagnostics`. Expressions have no meaning in parameters and plans.
Sections ReadSections(const Node& root, std::vector<Diagnostic>& diagnostics);

// Whether every instance has a parameter of this name, so that none can be declared.
bool IsGivenParameter(std::string_view name);

// A YAML node as data: plain scalars by their YAML meaning, quoted ones as text.
Value ToValue(const Node& node);

}  // namespace kl::tmpl
