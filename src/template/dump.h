// An AppSpec as text a person can read and compare.
#pragma once

#include <string>

#include "domain/app_spec.h"
#include "template/template.h"

namespace kl::tmpl {

// YAML. What may hold a secret (every environment value and file) is masked unless `reveal`.
std::string Dump(const AppSpec& spec, bool reveal);
// As above, but knows the secrets: only they (and their Base64 form) are masked, wherever they
// stand, each by its name: "<secret admin-password>".
std::string Dump(const Rendered& rendered, bool reveal);

}  // namespace kl::tmpl
