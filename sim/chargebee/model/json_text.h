// Builds JSON text directly. The simulator answers thousands of calls a second from plain structs,
// so nothing is gained by a document tree between them and the wire. Absent values are omitted,
// never null, as on the real service.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kl::chargebee_sim {

// Quoted and escaped.
std::string JsonString(std::string_view text);

class JsonObject {
 public:
  JsonObject& Text(std::string_view key, std::string_view value);
  JsonObject& Number(std::string_view key, std::int64_t value);
  JsonObject& Flag(std::string_view key, bool value);
  JsonObject& Raw(std::string_view key, std::string_view json);
  // Only when there is something to say.
  JsonObject& TextIfAny(std::string_view key, std::string_view value);
  JsonObject& Number(std::string_view key, const std::optional<std::int64_t>& value);
  std::string str() const { return text_ + "}"; }

 private:
  void Key(std::string_view key);
  std::string text_ = "{";
};

// Elements are JSON already.
std::string JsonArray(const std::vector<std::string>& elements);
std::string JsonTexts(const std::vector<std::string>& texts);

// A flat map of an object's scalar members to their text ("true", "12", "abc"); nested values keep
// their JSON text. Nothing when `text` is not a JSON object.
std::optional<std::map<std::string, std::string>> ParseFlatJson(std::string_view text);
// The elements of a JSON array, as their JSON text (strings unquoted). Nothing when it is none.
std::optional<std::vector<std::string>> ParseJsonArray(std::string_view text);

}  // namespace kl::chargebee_sim
