// Reads a structure described in resources/fields.h from parsed JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resources/enum_words.h"
#include "resources/fields.h"
#include "resources/time_text.h"

namespace kl {

// What went wrong first, and where. Shared by the decoders of all levels.
struct DecodeFault {
  std::string path;  // "limits.cpu", "items[2].priceId"
  std::string cause;
  bool found() const { return !cause.empty(); }
};

class Decoder {
 public:
  Decoder(const ValueMap& members, std::string path, DecodeFault& fault)
      : members_(members), path_(std::move(path)), fault_(fault) {}

  // An absent or null member leaves the field as it is: the structure begins with its defaults.
  template <class T>
  void operator()(std::string_view name, T&& field) {
    Always(name, std::forward<T>(field));
  }
  template <class T>
  void Always(std::string_view name, T&& field) {
    if (fault_.found()) return;
    const auto it = members_.find(std::string(name));
    if (it == members_.end() || it->second.is_null()) return;
    Read(it->second, Join(name), field);
  }

 private:
  std::string Join(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }
  void Refuse(const std::string& path, std::string cause) {
    if (!fault_.found()) fault_ = {path, std::move(cause)};
  }
  template <class T>
  const T* Expect(const Value& json, const std::string& path, const char* what) {
    const T* found = std::get_if<T>(&json.data);
    if (!found) Refuse(path, std::string("expected ") + what);
    return found;
  }

  void Read(const Value& json, const std::string& path, std::string& field) {
    if (auto* text = Expect<std::string>(json, path, "text")) field = *text;
  }
  void Read(const Value& json, const std::string& path, bool& field) {
    if (auto* b = Expect<bool>(json, path, "true or false")) field = *b;
  }
  template <std::integral I>
  void Read(const Value& json, const std::string& path, I& field) {
    const auto* number = Expect<std::int64_t>(json, path, "a whole number");
    if (!number) return;
    if (!std::in_range<I>(*number)) return Refuse(path, "number out of range");
    field = static_cast<I>(*number);
  }
  void Read(const Value& json, const std::string& path, WallTime& field) {
    Convert(json, path, field, [](const std::string& text) { return ParseTime(text); });
  }
  void Read(const Value& json, const std::string& path, Quantity& field) {
    Convert(json, path, field, [](const std::string& text) { return Quantity::Parse(text); });
  }
  void Read(const Value& json, const std::string& path, TrueFalse<bool> field) {
    Convert(json, path, field.value, [](const std::string& text) -> Result<bool> {
      if (text == "True" || text == "False") return text == "True";
      return Fail(ErrorKind::kInvalid, "neither True nor False: '" + text + "'");
    });
  }
  template <class E>
    requires std::is_enum_v<E>
  void Read(const Value& json, const std::string& path, E& field) {
    Convert(json, path, field, [](const std::string& text) -> Result<E> {
      if (auto found = FromWord<E>(text)) return *found;
      return Fail(ErrorKind::kInvalid, "unknown word: '" + text + "'");
    });
  }
  void Read(const Value& json, const std::string&, Value& field) { field = json; }

  template <class T>
  void Read(const Value& json, const std::string& path, std::optional<T>& field) {
    Read(json, path, field.emplace());
  }
  template <class T>
  void Read(const Value& json, const std::string& path, std::vector<T>& field) {
    const auto* list = Expect<ValueList>(json, path, "a list");
    if (!list) return;
    field.assign(list->size(), T{});
    for (std::size_t i = 0; i < list->size(); ++i) {
      Read((*list)[i], path + "[" + std::to_string(i) + "]", field[i]);
    }
  }
  template <class T>
  void Read(const Value& json, const std::string& path, std::map<std::string, T>& field) {
    const auto* map = Expect<ValueMap>(json, path, "an object");
    if (!map) return;
    field.clear();
    for (const auto& [key, item] : *map) Read(item, path + "." + key, field[key]);
  }
  template <class T>
    requires std::is_aggregate_v<T>
  void Read(const Value& json, const std::string& path, T& structure) {
    const auto* map = Expect<ValueMap>(json, path, "an object");
    if (!map) return;
    Decoder members(*map, path, fault_);
    VisitFields(members, structure);
  }

  template <class T, class Parse>
  void Convert(const Value& json, const std::string& path, T& field, Parse parse) {
    const auto* text = Expect<std::string>(json, path, "text");
    if (!text) return;
    auto parsed = parse(*text);
    if (!parsed) return Refuse(path, parsed.error().message);
    field = std::move(*parsed);
  }

  const ValueMap& members_;
  std::string path_;
  DecodeFault& fault_;
};

}  // namespace kl
