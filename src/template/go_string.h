// Literals as Go writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/value.h"

namespace kl::tmpl {

// The inside of "..." or '...' with its escapes resolved; nullopt at an unknown one.
std::optional<std::string> Unquote(std::string_view inside);
// The reverse, with the quotes: what %q prints.
std::string Quote(std::string_view text);
// The code point, when `text` is exactly one.
std::optional<std::int64_t> SingleRune(std::string_view text);
void AppendRune(std::string& out, std::uint32_t code_point);
// 12, -3, 0x1f, 1_000, 1.5, 1e3.
std::optional<Value> ParseNumber(std::string_view text);

}  // namespace kl::tmpl
