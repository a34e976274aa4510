// A canonical text of a value, to be hashed: every part is preceded by its length, so that no two
// different values share a text. The order of the calls is part of the format.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace kl {

class Canonical {
 public:
  // Names what follows: a field added later cannot be taken for its neighbour.
  Canonical& Field(std::string_view name) { return Text(name); }
  Canonical& Text(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += ':';
    out_ += text;
    return *this;
  }
  Canonical& Number(std::int64_t number) { return Text(std::to_string(number)); }
  Canonical& Texts(const std::vector<std::string>& texts) {
    Number(static_cast<std::int64_t>(texts.size()));
    for (const auto& text : texts) Text(text);
    return *this;
  }
  Canonical& Texts(const std::map<std::string, std::string>& texts) {
    Number(static_cast<std::int64_t>(texts.size()));
    for (const auto& [key, text] : texts) Text(key).Text(text);
    return *this;
  }
  // Absent differs from empty.
  Canonical& Maybe(const std::optional<std::string>& text) {
    return text ? Number(1).Text(*text) : Number(0);
  }
  std::string Digest() const { return Sha256Hex(out_); }

 private:
  std::string out_;
};

}  // namespace kl
