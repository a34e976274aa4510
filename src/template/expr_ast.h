// The expression language after parsing: a subset of Go's text/template, plus Compose's ${VAR} in
// the text between expressions. Offsets count bytes from the start of the scalar.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/value.h"

namespace kl::tmpl {

struct ExprError {
  std::size_t offset = 0;
  std::string message;
};
template <class T>
using ExprResult = std::expected<T, ExprError>;

struct Function;  // functions.h
struct Pipeline;

// One operand: a word of a command.
struct Expr {
  enum class Kind : std::uint8_t {
    kLiteral,   // "text", 5, true, nil
    kDot,       // .
    kField,     // .Parameters.size
    kVariable,  // $x, $x.size; slot 0 is `$`, the data
    kCall,      // a function's name
    kPipeline,  // ( ... ), ( ... ).size
  };
  Kind kind = Kind::kLiteral;
  std::size_t offset = 0;
  Value literal;
  std::vector<std::string> fields;
  std::size_t slot = 0;
  const Function* function = nullptr;
  std::shared_ptr<const Pipeline> inner;
};

// An operand, or a function with its arguments.
struct Command {
  std::vector<Expr> operands;
};

// command | command | ..., perhaps into variables.
struct Pipeline {
  std::size_t offset = 0;
  std::vector<std::size_t> slots;  // variables that take the value; two only in `range`
  std::vector<Command> commands;
};

// ${VAR:-default} and its kin. `fallback` is itself literal text that may hold variables.
struct Statement;
struct Interpolation {
  enum class Use : std::uint8_t { kValue, kDefault, kRequired, kAlternative };
  std::string name;
  Use use = Use::kValue;
  bool empty_counts_as_unset = false;  // the colon forms
  std::vector<Statement> fallback;
};

struct Statement {
  enum class Kind : std::uint8_t {
    kText,
    kVariable,  // interpolation
    kPrint,
    kAssign,
    kIf,
    kWith,
    kRange,
    kBreak,
    kContinue,
  };
  Kind kind = Kind::kText;
  std::size_t offset = 0;
  std::string text;
  Interpolation interpolation;
  Pipeline pipeline;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;
};

// A scalar, compiled.
struct Text {
  std::vector<Statement> body;
  std::size_t slots = 1;
  bool uses_secret = false;  // calls Secret or a generator
  bool generates = false;    // calls a generator: the value must be kept
  // What names a parameter, a variable or a secret, for the check: offset and name.
  std::vector<std::pair<std::size_t, std::string>> parameters;
  std::vector<std::pair<std::size_t, std::string>> secrets;
};

// Whether a scalar needs compiling at all.
inline bool NeedsCompiling(std::string_view scalar) {
  return scalar.find('$') != scalar.npos || scalar.find("{{") != scalar.npos;
}

}  // namespace kl::tmpl
