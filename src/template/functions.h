// The functions of the expression language.
#pragma once

#include <span>

#include "template/expr_ast.h"

namespace kl::tmpl {

class EvalHost;

struct Function {
  using Body = std::expected<Value, std::string> (*)(std::span<Value> args, EvalHost& host);
  enum class Kind : std::uint8_t {
    kOrdinary,
    kAnd,         // stops at the first empty argument
    kOr,          // stops at the first non-empty one
    kGenerator,   // a new value at every call: kept under its place in the template
    kPersistent,  // keeps what is piped into it
  };
  std::string_view name;
  std::size_t args_min = 0;
  std::size_t args_max = 0;  // kAny: any number
  Body body = nullptr;
  Kind kind = Kind::kOrdinary;
  static constexpr std::size_t kAny = 64;
};

// Null when there is none of that name.
const Function* FindFunction(std::string_view name);
// The known names, for messages: "Base64, Endpoint, ...".
std::string FunctionNames();

// What functions ask of the render in progress.
class EvalHost {
 public:
  virtual ~EvalHost() = default;
  // scheme://host[:port], with `fallback` in place of host and port when there is no host.
  virtual std::string Endpoint(std::string_view fallback) = 0;
  virtual std::expected<std::string, std::string> NamedSecret(std::string_view name) = 0;
  virtual std::string NewKey(std::size_t letters) = 0;
  virtual std::expected<std::string, std::string> NewRsaKey(int bits) = 0;
  // A value kept under `id`; null when there is none yet.
  virtual const std::string* Kept(std::string_view id) = 0;
  virtual void Keep(std::string_view id, std::string value) = 0;
  // The place in the template being evaluated: "services.web.environment.KEY".
  virtual std::string Place() = 0;
};

}  // namespace kl::tmpl
