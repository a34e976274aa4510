// Digests and text encodings of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kl {

std::string Sha256(std::string_view data);     // 32 raw bytes
std::string Sha256Hex(std::string_view data);  // 64 lower-case hex digits
std::string Hex(std::string_view bytes);
std::string Base32(std::string_view bytes);  // RFC 4648 alphabet in lower case, no padding
std::string Base64(std::string_view bytes);  // RFC 4648 with padding
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace kl
