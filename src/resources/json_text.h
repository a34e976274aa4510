// Writing JSON text piece by piece: what both the objects and the values of this folder are made
// of. Output is always valid JSON: bytes that are not UTF-8 become U+FFFD, numbers that JSON cannot
// say become null.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kl::json_text {

void AppendString(std::string& out, std::string_view text);
void AppendInteger(std::string& out, std::int64_t value);
void AppendUnsigned(std::string& out, std::uint64_t value);
// Shortest text that reads back as the same number, always with a point or an exponent, so that
// 1.0 does not come back as the integer 1.
void AppendDouble(std::string& out, double value);

}  // namespace kl::json_text
