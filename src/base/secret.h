// Secret<T>: a value that cannot be streamed, formatted or compared by accident.
// The only way to its content is Reveal(), which is easy to find in a review.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace kl {

template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  const T& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  T value_;
};

using SecretString = Secret<std::string>;

// Constant-time comparison, for passwords and tokens a client sent. Only the length can leak.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace kl
