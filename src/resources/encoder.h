// Writes a structure described in resources/fields.h as JSON text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resources/enum_words.h"
#include "resources/fields.h"
#include "resources/json_text.h"
#include "resources/time_text.h"
#include "resources/value_json.h"

namespace kl {

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& field) {
    if (!(field == T{})) Always(name, field);
  }
  template <class T>
  void Always(std::string_view name, const T& field) {
    out_ += std::exchange(separator_, ',');
    json_text::AppendString(out_, name);
    out_ += ':';
    Write(field);
  }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& field) {
    if (field) Always(name, *field);
  }

  void Write(const std::string& text) { json_text::AppendString(out_, text); }
  void Write(std::string_view text) { json_text::AppendString(out_, text); }
  void Write(WallTime time) { json_text::AppendString(out_, FormatTime(time)); }
  void Write(const Quantity& quantity) { json_text::AppendString(out_, quantity.text()); }
  void Write(const Value& value) { AppendJson(out_, value); }
  void Write(const bool& b) { out_ += b ? "true" : "false"; }
  void Write(TrueFalse<const bool> b) { out_ += b.value ? "\"True\"" : "\"False\""; }
  template <std::integral I>
  void Write(const I& number) {
    if constexpr (std::unsigned_integral<I>) {
      json_text::AppendUnsigned(out_, number);
    } else {
      json_text::AppendInteger(out_, number);
    }
  }
  template <class E>
    requires std::is_enum_v<E>
  void Write(const E& e) {
    json_text::AppendString(out_, WordOf(e));
  }
  template <class T>
  void Write(const std::vector<T>& list) {
    char separator = '[';
    for (const T& item : list) {
      out_ += std::exchange(separator, ',');
      Write(item);
    }
    out_ += list.empty() ? "[]" : "]";
  }
  template <class T>
  void Write(const std::map<std::string, T>& map) {
    Encoder members(out_);
    for (const auto& [key, item] : map) members.Always(key, item);
    members.Finish();
  }
  template <class T>
    requires std::is_aggregate_v<T>
  void Write(const T& structure) {
    Encoder members(out_);
    VisitFields(members, structure);
    members.Finish();
  }

 private:
  void Finish() { out_ += separator_ == '{' ? "{}" : "}"; }

  std::string& out_;
  char separator_ = '{';
};

}  // namespace kl
