// Splits a scalar into literal text and actions, and an action into tokens.
#pragma once

#include "template/expr_ast.h"

namespace kl::tmpl {

struct Token {
  enum class Kind : std::uint8_t {
    kField,       // .name (text without the dot)
    kDot,         // . alone
    kVariable,    // $name ("" for $ alone)
    kIdentifier,  // a function or keyword
    kLiteral,     // string, number, character, true, false, nil
    kPipe,
    kOpen,
    kClose,
    kComma,
    kDeclare,  // :=
    kAssign,   // =
    kEnd,      // of the action
  };
  Kind kind = Kind::kEnd;
  std::size_t offset = 0;
  bool space_before = false;
  std::string text;
  Value literal;
};

// A piece of a scalar: literal text, or the inside of {{ }} as tokens (the last one kEnd).
struct Piece {
  bool is_action = false;
  std::size_t offset = 0;
  std::string_view text;  // of literal text, trimmed as neighbouring {{- and -}} ask
  std::vector<Token> tokens;
};

// Comments disappear.
ExprResult<std::vector<Piece>> Lex(std::string_view scalar);

}  // namespace kl::tmpl
