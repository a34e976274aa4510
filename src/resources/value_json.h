// Parameters (domain/value.h) as JSON text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/value.h"

namespace kl {

inline constexpr int kMaxValueDepth = 32;

// Compact, keys in order. What JSON cannot say (NaN, infinities) becomes null.
std::string ToJson(const Value& value);
void AppendJson(std::string& out, const Value& value);

// kInvalid when it is not JSON, is nested deeper than `max_depth`, or something follows it. Whole
// numbers that fit 64 bits with a sign are integers, all others doubles. Of equal keys the last
// counts.
Result<Value> ValueFromJson(std::string_view json, int max_depth = kMaxValueDepth);

}  // namespace kl
