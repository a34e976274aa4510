// x-kuberlogic-set-credentials-cmd: a command run in a service's container when somebody submits
// new credentials. Submitted values reach it as environment, never as part of its text.
#pragma once

#include <expected>

#include "template/cursor.h"
#include "template/expr_ast.h"

namespace kl::tmpl {

// A shell script with each `{{ .name }}` replaced by a quoted reference to the environment variable
// CREDENTIAL_name, whatever quotes stand around it; `$$` is one `$`.
ExprResult<std::string> CompileCredentialsScript(std::string_view script);

// The arguments to run: a string is a script for /bin/sh; a list stands as it is, and may hold
// `{{ .name }}` only when it is [shell, -c, script].
std::optional<std::vector<std::string>> ReadCredentialsArguments(const Cursor& at);

}  // namespace kl::tmpl
