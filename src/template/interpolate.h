// Compose's variables in literal text: $VAR, ${VAR}, ${VAR:-default}, ${VAR-default}, ${VAR:?text},
// ${VAR?text}, ${VAR:+other}, ${VAR+other}, and $$ for one $. Variables are the instance's
// parameters; nothing is ever taken from an environment.
#pragma once

#include "template/expr_ast.h"

namespace kl::tmpl {

// Appends statements for `text`, which starts at `offset` of its scalar. `names` receives every
// variable's offset and name.
ExprResult<void> CompileLiteral(std::string_view text, std::size_t offset,
                                std::vector<Statement>& out,
                                std::vector<std::pair<std::size_t, std::string>>& names);

}  // namespace kl::tmpl
