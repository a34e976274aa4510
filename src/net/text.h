// ASCII text helpers of the HTTP code.
#pragma once

#include <string_view>

namespace kl::net {

constexpr char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Header names and tokens compare so.
bool EqualsNoCase(std::string_view a, std::string_view b);

}  // namespace kl::net
