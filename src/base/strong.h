// Strong<Tag>: a string that is an id of one kind and cannot be passed for another.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace kl {

template <class Tag>
class Strong {
 public:
  Strong() = default;
  explicit Strong(std::string value) : value_(std::move(value)) {}
  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Strong&) const = default;

 private:
  std::string value_;
};

}  // namespace kl

template <class Tag>
struct std::hash<kl::Strong<Tag>> {
  std::size_t operator()(const kl::Strong<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
