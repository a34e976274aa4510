#include "template/render_data.h"

#include <algorithm>
#include <cmath>

#include "domain/parameter.h"

namespace kl::tmpl {
namespace {

// What an instance with volumes gets where no plan says otherwise.
constexpr std::string_view kStorageDefault = "1Gi";

// A number within the bounds; what is beyond exact integers will not be accepted anyway.
double InventNumber(const Parameter& parameter, double otherwise) {
  constexpr double kExact = 9007199254740992.0;
  return std::clamp(parameter.min.value_or(parameter.max.value_or(otherwise)), -kExact, kExact);
}

// Of the right type and within the bounds, nothing more.
Value Invent(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::kString: return "invented";
    case ParameterType::kInteger:
      return static_cast<std::int64_t>(std::ceil(InventNumber(parameter, 1)));
    case ParameterType::kNumber: return InventNumber(parameter, 1);
    case ParameterType::kBoolean: return true;
    case ParameterType::kQuantity:
      return Quantity::FromBytes(
                 static_cast<std::int64_t>(std::max(0.0, InventNumber(parameter, 1 << 30))))
          .text();
    case ParameterType::kEnum: return parameter.values.empty() ? "" : parameter.values.front();
  }
  return {};
}

}  // namespace

Result<Value> MakeData(const RenderInput& input, const std::map<std::string, Parameter>& declared) {
  ValueMap parameters = input.parameters;
  for (const auto& [name, parameter] : declared) {
    auto it = parameters.find(name);
    if (it == parameters.end() || it->second.is_null()) {
      if (parameter.default_value.is_null())
        return Fail(ErrorKind::kInvalid,
                    "parameter '" + name +
                        "' has no value: give it one in the plan, or a default in the template",
                    "advanced." + name);
      parameters[name] = parameter.default_value;
      continue;
    }
    auto value = ConvertParameter(parameter, it->second);
    if (!value)
      return Fail(ErrorKind::kInvalid, "parameter '" + name + "': " + value.error().message,
                  "advanced." + name);
    it->second = std::move(*value);
  }
  parameters["customer_email"] = input.customer_email;
  parameters["customer_name"] = input.customer_name;
  parameters["plan"] = input.plan;

  ValueMap data;
  data["Name"] = input.name.str();
  data["Namespace"] = input.name.str();
  data["Host"] = input.host;
  data["Replicas"] = input.replicas;
  data["VolumeSize"] =
      input.limits.storage ? input.limits.storage->text() : std::string(kStorageDefault);
  data["Version"] = input.version.value_or("");
  data["TLSEnabled"] = !input.insecure;
  data["Insecure"] = input.insecure;
  data["Parameters"] = std::move(parameters);
  return Value(std::move(data));
}

RenderInput InventInput(const std::string& plan_id, const Plan& plan,
                        const std::map<std::string, Parameter>& declared) {
  RenderInput input;
  input.name = ServiceName("example");
  input.uid = ServiceUid("00000000000000000000000000000000");
  input.host = "example.apps.test";
  input.plan = plan_id;
  input.customer_email = "customer@example.test";
  input.version = plan.version;
  input.limits = plan.limits;
  input.parameters = plan.parameters;
  for (const auto& [name, parameter] : declared)
    if (parameter.default_value.is_null() && !input.parameters.contains(name))
      input.parameters[name] =
          name == kProfilesParameter && parameter.type == ParameterType::kString
              ? Value("*")
              : Invent(parameter);
  return input;
}

}  // namespace kl::tmpl
