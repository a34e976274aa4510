#include "resources/value_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace kl {
namespace {

Value Parsed(std::string_view json) {
  auto value = ValueFromJson(json);
  EXPECT_TRUE(value) << json << ": " << value.error().message;
  return value.value_or(Value("parse failed"));
}

TEST(ValueJson, ScalarsHaveTheirUsualText) {
  EXPECT_EQ(ToJson(Value()), "null");
  EXPECT_EQ(ToJson(true), "true");
  EXPECT_EQ(ToJson(-7), "-7");
  EXPECT_EQ(ToJson(1.5), "1.5");
  EXPECT_EQ(ToJson("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(ToJson(ValueList{}), "[]");
  EXPECT_EQ(ToJson(ValueMap{{"b", 1}, {"a", ValueList{true, Value()}}}),
            R"({"a":[true,null],"b":1})");
}

TEST(ValueJson, WholeDoublesStayDoubles) {
  EXPECT_EQ(ToJson(1.0), "1.0");
  EXPECT_EQ(Parsed("1.0"), Value(1.0));
  EXPECT_EQ(Parsed("1"), Value(1));
  EXPECT_EQ(ToJson(1e300), "1e+300");
}

TEST(ValueJson, IntegersBeyondSixtyFourBitsBecomeDoubles) {
  EXPECT_EQ(Parsed("9223372036854775807"), Value(std::int64_t{INT64_MAX}));
  EXPECT_EQ(Parsed("9223372036854775808"), Value(9223372036854775808.0));
  EXPECT_EQ(Parsed("123456789012345678901234567890"), Value(123456789012345678901234567890.0));
}

TEST(ValueJson, WhatJsonCannotSayBecomesNull) {
  EXPECT_EQ(ToJson(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(ToJson(-std::numeric_limits<double>::infinity()), "null");
}

TEST(ValueJson, BytesThatAreNoTextAreReplacedSoThatTheResultCanBeRead) {
  for (const char* bytes : {"a\xff"
                            "b",
                            "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const std::string json = ToJson(bytes);
    EXPECT_NE(json.find("\xEF\xBF\xBD"), std::string::npos);
    EXPECT_TRUE(ValueFromJson(json)) << json;
  }
  EXPECT_EQ(ToJson("grüße €🦙"), "\"grüße €🦙\"");
}

TEST(ValueJson, RefusesWhatIsNotJson) {
  for (const char* json : {"", " ", "{", "[1,]", "{\"a\":}", "nul", "1 2", "{\"a\":1}x", "'a'",
                           "[1] // comment", "\"\xff\"", "01", "NaN"}) {
    const auto value = ValueFromJson(json);
    ASSERT_FALSE(value) << json;
    EXPECT_EQ(value.error().kind, ErrorKind::kInvalid);
  }
}

TEST(ValueJson, DepthIsBounded) {
  const auto nested = [](int depth) {
    const auto n = static_cast<std::size_t>(depth);
    return std::string(n, '[') + std::string(n, ']');
  };
  EXPECT_TRUE(ValueFromJson(nested(kMaxValueDepth)));
  const auto refused = ValueFromJson(nested(kMaxValueDepth + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(ValueFromJson(nested(1'000'000)));
}

TEST(ValueJson, OfEqualKeysTheLastCounts) {
  EXPECT_EQ(Parsed(R"({"a":1,"a":2})"), Value(ValueMap{{"a", 2}}));
}

TEST(ValueJson, EveryFiniteDoubleComesBack) {
  SeededRandom random(2);
  for (int i = 0; i < 50'000; ++i) {
    const auto number = std::bit_cast<double>(random.Next());
    if (!std::isfinite(number)) continue;
    EXPECT_EQ(Parsed(ToJson(number)), Value(number)) << number;
  }
}

}  // namespace
}  // namespace kl
