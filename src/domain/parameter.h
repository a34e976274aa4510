// Parameters of a template: from what plans, operators and providers say to values of their type.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/template_info.h"

namespace kl {

// "integer", "number", ... as templates spell them.
std::string_view ParameterTypeName(ParameterType type);

// `value` in the type of `parameter`, within its bounds, or kInvalid with what was expected.
// Text converts where it reads as the type ("5", "true", "1.5"): providers know only text. A number
// or a boolean becomes text where text is wanted.
Result<Value> ConvertParameter(const Parameter& parameter, const Value& value);

}  // namespace kl
