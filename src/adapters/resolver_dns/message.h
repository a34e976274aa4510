// DNS messages (RFC 1035), as far as asking for a name's addresses needs them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kl::dns {

enum class Type : std::uint16_t { kA = 1, kAaaa = 28 };

// A recursive question. kInvalid for what is no name.
Result<std::string> Question(std::uint16_t id, std::string_view name, Type type);

struct Reply {
  bool truncated = false;
  std::vector<std::string> addresses;  // of `type`, in order; a name that does not exist has none
};
// Of an answer to the question with that id and type: kUnavailable when it is none, or the server
// failed. Aliases (CNAME) are the server's work: whatever addresses it names are the name's.
Result<Reply> ParseReply(std::string_view message, std::uint16_t id, Type type);

}  // namespace kl::dns
