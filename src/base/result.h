// Result<T>: a value or an Error. No exception crosses a folder's edge.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace kl {

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// return Fail(ErrorKind::kInvalid, "limits.cpu: not a quantity: 'abc'", "limits.cpu");
inline std::unexpected<Error> Fail(ErrorKind kind, std::string message, std::string field = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(field), std::nullopt});
}
inline std::unexpected<Error> Fail(Error error) { return std::unexpected(std::move(error)); }

// The same error with what the caller knows put in front: "context: message".
inline std::unexpected<Error> Wrap(Error error, std::string_view context) {
  error.message = std::string(context) + ": " + error.message;
  return std::unexpected(std::move(error));
}

#define KL_CONCAT_INNER(a, b) a##b
#define KL_CONCAT(a, b) KL_CONCAT_INNER(a, b)

// KL_TRY(auto x, Call());      leaves the function with the error, or binds the value
// KL_CO_TRY(auto x, co_await Call());   the same inside a Task
#define KL_TRY_IMPL(ret, tmp, decl, expr)                \
  auto tmp = (expr);                                     \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define KL_TRY(decl, expr) KL_TRY_IMPL(return, KL_CONCAT(kl_try_, __LINE__), decl, expr)
#define KL_CO_TRY(decl, expr) KL_TRY_IMPL(co_return, KL_CONCAT(kl_try_, __LINE__), decl, expr)
#define KL_CHECK_OK_IMPL(ret, tmp, expr) \
  if (auto tmp = (expr); !tmp) ret std::unexpected(std::move(tmp).error())
#define KL_RETURN_IF_ERROR(expr) KL_CHECK_OK_IMPL(return, KL_CONCAT(kl_status_, __LINE__), expr)
#define KL_CO_RETURN_IF_ERROR(expr) \
  KL_CHECK_OK_IMPL(co_return, KL_CONCAT(kl_status_, __LINE__), expr)

}  // namespace kl
