#include "sim/chargebee/model/json_text.h"

#include <boost/json.hpp>

namespace kl::chargebee_sim {
namespace {

void AppendEscaped(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kDigits[static_cast<unsigned char>(c) >> 4];
          out += kDigits[c & 15];
        } else {
          out += c;
        }
    }
  }
}

std::string Flatten(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return boost::json::serialize(value);
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  AppendEscaped(out, text);
  return out += '"';
}

void JsonObject::Key(std::string_view key) {
  if (text_.size() > 1) text_ += ',';
  text_ += '"';
  AppendEscaped(text_, key);
  text_ += "\":";
}

JsonObject& JsonObject::Text(std::string_view key, std::string_view value) {
  Key(key);
  text_ += '"';
  AppendEscaped(text_, value);
  text_ += '"';
  return *this;
}

JsonObject& JsonObject::Number(std::string_view key, std::int64_t value) {
  Key(key);
  text_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::Flag(std::string_view key, bool value) {
  Key(key);
  text_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::Raw(std::string_view key, std::string_view json) {
  Key(key);
  text_ += json;
  return *this;
}

JsonObject& JsonObject::TextIfAny(std::string_view key, std::string_view value) {
  return value.empty() ? *this : Text(key, value);
}

JsonObject& JsonObject::Number(std::string_view key, const std::optional<std::int64_t>& value) {
  return value ? Number(key, *value) : *this;
}

std::string JsonArray(const std::vector<std::string>& elements) {
  std::string out = "[";
  for (const auto& element : elements) {
    if (out.size() > 1) out += ',';
    out += element;
  }
  return out += ']';
}

std::string JsonTexts(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const auto& text : texts) quoted.push_back(JsonString(text));
  return JsonArray(quoted);
}

std::optional<std::map<std::string, std::string>> ParseFlatJson(std::string_view text) {
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, failure);
  if (failure || !value.is_object()) return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& [key, member] : value.get_object()) out[std::string(key)] = Flatten(member);
  return out;
}

std::optional<std::vector<std::string>> ParseJsonArray(std::string_view text) {
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, failure);
  if (failure || !value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& element : value.get_array()) out.push_back(Flatten(element));
  return out;
}

}  // namespace kl::chargebee_sim
