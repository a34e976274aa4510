// What the rest of the program needs to know of an application template, besides rendering it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/quantity.h"
#include "domain/value.h"

namespace kl {

enum class ParameterType { kString, kInteger, kNumber, kBoolean, kQuantity, kEnum };
struct Parameter {
  ParameterType type = ParameterType::kString;
  Value default_value;
  std::optional<double> min, max;
  std::vector<std::string> values;  // of an enum
  std::string description;
};

struct Plan {
  Limits limits;
  std::optional<std::string> version;
  ValueMap parameters;
  std::string policy = "default";
  bool operator==(const Plan&) const = default;
};

struct TemplateInfo {
  std::string type;  // the name services refer to by `type`
  std::map<std::string, Parameter> parameters;
  std::map<std::string, Plan> plans;  // by item price id, else item id; "default" for all others
  bool has_volumes = false;
};

}  // namespace kl
