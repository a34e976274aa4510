#include "domain/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kl {
namespace {

TEST(ValueTextTest, ScalarsAreShownAsGosTemplatesShowThem) {
  // Compared with fmt.Print of Go 1.
  const std::vector<std::pair<Value, const char*>> cases = {
      {Value(), "<no value>"},     {Value(true), "true"},
      {Value(false), "false"},     {Value(0), "0"},
      {Value(-7), "-7"},           {Value(std::int64_t{1} << 62), "4611686018427387904"},
      {Value("text"), "text"},     {Value(""), ""},
      {Value("a\"b\n"), "a\"b\n"}, {Value(1.5), "1.5"},
      {Value(2.0), "2"},           {Value(-3.0), "-3"},
      {Value(0.0), "0"},           {Value(100000.0), "100000"},
      {Value(1e6), "1e+06"},       {Value(123456789.0), "1.23456789e+08"},
      {Value(1e20), "1e+20"},      {Value(1e21), "1e+21"},
      {Value(0.0001), "0.0001"},   {Value(0.00001), "1e-05"},
      {Value(0.1), "0.1"},         {Value(1.0 / 3), "0.3333333333333333"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(ToText(value), text);
}

TEST(ValueTextTest, NumbersThatAreNoneHaveTheirNames) {
  EXPECT_EQ(ToText(Value(std::nan(""))), "NaN");
  EXPECT_EQ(ToText(Value(std::numeric_limits<double>::infinity())), "+Inf");
  EXPECT_EQ(ToText(Value(-std::numeric_limits<double>::infinity())), "-Inf");
}

TEST(ValueTextTest, ListsAndMapsAreCompactJsonInOrderOfKeys) {
  const Value value(ValueMap{{"b", Value(ValueList{Value(1), Value("x"), Value(), Value(true)})},
                             {"a", Value(ValueMap{{"n", Value(1.5)}})}});
  EXPECT_EQ(ToText(value), R"({"a":{"n":1.5},"b":[1,"x",null,true]})");
  EXPECT_EQ(ToText(Value(ValueList{})), "[]");
  EXPECT_EQ(ToText(Value(ValueMap{})), "{}");
}

TEST(ValueTextTest, JsonTextsAreEscaped) {
  const Value value(ValueList{Value("a\"\\\n\t\r\x01/ü")});
  EXPECT_EQ(ToText(value), R"(["a\"\\\n\t\r\u0001/ü"])");
}

TEST(ValueTextTest, JsonNumbersAreNumbers) {
  const Value value(ValueList{Value(1e20), Value(1e21), Value(std::nan("")), Value(1e6)});
  EXPECT_EQ(ToText(value), "[100000000000000000000,1e+21,null,1000000]");
}

TEST(ValueTest, EqualityGoesDeepAndTellsTypesApart) {
  EXPECT_EQ(Value(ValueMap{{"a", Value(ValueList{Value(1)})}}),
            Value(ValueMap{{"a", Value(ValueList{Value(1)})}}));
  EXPECT_NE(Value(1), Value("1"));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(), Value(""));
}

}  // namespace
}  // namespace kl
