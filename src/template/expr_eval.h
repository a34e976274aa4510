// Evaluates compiled scalars.
#pragma once

#include "template/expr_ast.h"
#include "template/functions.h"

namespace kl::tmpl {

inline constexpr std::size_t kStepsMax = 200'000;        // of one render
inline constexpr std::size_t kOutputBytesMax = 1 << 20;  // of one scalar

// The work one render may do: every statement, operand and 64 bytes of text cost a step.
class Budget {
 public:
  // False when it is used up.
  bool Take(std::size_t bytes) {
    used_ += 1 + bytes / 64;
    return used_ <= kStepsMax;
  }

 private:
  std::size_t used_ = 0;
};

// What an evaluation reads. `data` is a map: Name, Host, Parameters, ...
struct EvalInput {
  const Value& data;
  EvalHost& host;
  Budget& budget;
};

// Deterministic but for the generators of `host`. Never throws, never recurses deeper than the
// parser allowed.
ExprResult<std::string> Evaluate(const Text& text, EvalInput input);

// Empty in the sense of `if`: false, 0, "", nil, an empty list or map.
bool IsEmpty(const Value& value);

}  // namespace kl::tmpl
