// For tests: answers against the schemas of the OpenAPI document. What the document does not name
// is no part of an answer.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "api/openapi.h"
#include "domain/value.h"
#include "resources/value_json.h"

namespace kl::api {

class Document {
 public:
  Document() : root_(*ValueFromJson(OpenApiJson(), 64)) {}

  const Value& root() const { return root_; }

  // "components", "schemas", "Error": nullptr where there is no such key.
  const Value* At(const std::vector<std::string>& path) const {
    const Value* here = &root_;
    for (const std::string& key : path) {
      here = Member(*here, key);
      if (!here) return nullptr;
    }
    return here;
  }

  static const Value* Member(const Value& value, const std::string& key) {
    const ValueMap* map = value.as_map();
    if (!map) return nullptr;
    auto it = map->find(key);
    return it == map->end() ? nullptr : &it->second;
  }

  // Follows "$ref": "#/components/...".
  const Value* Resolve(const Value* value) const {
    const Value* ref = value ? Member(*value, "$ref") : nullptr;
    if (!ref) return value;
    std::vector<std::string> path;
    std::string text = ref->as_string()->substr(2);
    for (std::size_t slash; (slash = text.find('/')) != std::string::npos;) {
      path.push_back(text.substr(0, slash));
      text = text.substr(slash + 1);
    }
    path.push_back(text);
    return At(path);
  }

  // What is wrong with `value` by `schema`; empty when nothing.
  std::string Check(const Value& value, const Value* schema, const std::string& where) const {
    schema = Resolve(schema);
    if (!schema) return where + ": no schema";
    const Value* type = Member(*schema, "type");
    if (!type) return where + ": schema without a type";
    const std::string& word = *type->as_string();
    if (word == "object") return CheckObject(value, *schema, where);
    if (word == "array") return CheckList(value, *schema, where);
    return CheckScalar(value, *schema, where);
  }

 private:
  std::string CheckObject(const Value& value, const Value& schema, const std::string& where) const {
    const ValueMap* map = value.as_map();
    if (!map) return where + ": not an object";
    if (const Value* required = Member(schema, "required")) {
      for (const Value& name : std::get<ValueList>(required->data)) {
        if (!map->contains(*name.as_string())) return where + ": no " + *name.as_string();
      }
    }
    if (const Value* more = Member(schema, "additionalProperties"); more && *more == Value(true))
      return {};
    const Value* properties = Member(schema, "properties");
    for (const auto& [key, item] : *map) {
      const Value* property = properties ? Member(*properties, key) : nullptr;
      if (!property) return where + ": " + key + " is not in the document";
      if (std::string wrong = Check(item, property, where + "." + key); !wrong.empty())
        return wrong;
    }
    return {};
  }

  std::string CheckList(const Value& value, const Value& schema, const std::string& where) const {
    const auto* list = std::get_if<ValueList>(&value.data);
    if (!list) return where + ": not an array";
    for (std::size_t i = 0; i < list->size(); ++i) {
      std::string wrong =
          Check((*list)[i], Member(schema, "items"), where + "[" + std::to_string(i) + "]");
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  static std::string CheckScalar(const Value& value, const Value& schema,
                                 const std::string& where) {
    const std::string& word = *Member(schema, "type")->as_string();
    const bool fits = (word == "string" && value.as_string()) ||
                      (word == "boolean" && std::holds_alternative<bool>(value.data)) ||
                      (word == "integer" && std::holds_alternative<std::int64_t>(value.data));
    if (!fits) return where + ": not of type " + word;
    const Value* words = Member(schema, "enum");
    if (!words) return {};
    const auto& list = std::get<ValueList>(words->data);
    if (std::find(list.begin(), list.end(), value) == list.end())
      return where + ": " + *value.as_string() + " is none of the words";
    return {};
  }

  Value root_;
};

}  // namespace kl::api
