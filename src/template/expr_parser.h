// Compiles a scalar: its expressions to statements, its literal text to text and variables.
#pragma once

#include "template/expr_ast.h"

namespace kl::tmpl {

inline constexpr int kBlockDepthMax = 24;
inline constexpr int kParenDepthMax = 24;

// Refuses unknown functions, a wrong number of arguments, undefined variables, unbalanced blocks
// and unknown fields of the data.
ExprResult<Text> Compile(std::string_view scalar);

}  // namespace kl::tmpl
