// Keys that `install` of the old product asked for and that are called otherwise here, or say
// nothing on one machine. Files that have them go on working.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kl::cmd {

struct OldMeaning {
  std::string key;  // the key of today that gets `text`; empty: none
  std::string text;
  std::string note;  // said at start when the key was meant to do something it does not; else empty
};

// In the order of the old questions; keys that kept their name are not among them.
std::span<const std::string_view> OldKeys();

// What `name: text` means. nullopt: no key of old. kInvalid: it wants what there is not, or is no
// yes or no where one is expected.
std::optional<Result<OldMeaning>> ReadOldKey(std::string_view name, const std::string& text);

}  // namespace kl::cmd
