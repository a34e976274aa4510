#include "domain/parameter.h"

#include <gtest/gtest.h>

#include <limits>

namespace kl {
namespace {

struct Case {
  ParameterType type;
  Value given;
  Value converted;
};

TEST(ParameterTest, ValuesBecomeTheirType) {
  using enum ParameterType;
  const std::vector<Case> cases = {
      {kString, Value("a"), Value("a")},        {kString, Value(5), Value("5")},
      {kString, Value(true), Value("true")},    {kString, Value(1.5), Value("1.5")},
      {kString, Value(""), Value("")},          {kInteger, Value(5), Value(5)},
      {kInteger, Value("5"), Value(5)},         {kInteger, Value("-5"), Value(-5)},
      {kInteger, Value(5.0), Value(5)},         {kNumber, Value("1.5"), Value(1.5)},
      {kNumber, Value("2"), Value(2)},          {kNumber, Value(2), Value(2)},
      {kNumber, Value(0.5), Value(0.5)},        {kNumber, Value("1e3"), Value(1000.0)},
      {kBoolean, Value(true), Value(true)},     {kBoolean, Value("true"), Value(true)},
      {kBoolean, Value("FALSE"), Value(false)}, {kBoolean, Value("Yes"), Value(true)},
      {kBoolean, Value("0"), Value(false)},     {kQuantity, Value("512Mi"), Value("512Mi")},
      {kQuantity, Value(2), Value("2")},        {kQuantity, Value(0.5), Value("0.5")},
  };
  for (const auto& [type, given, converted] : cases) {
    const auto result = ConvertParameter({.type = type}, given);
    ASSERT_TRUE(result) << ParameterTypeName(type) << " " << ToText(given);
    EXPECT_EQ(*result, converted) << ParameterTypeName(type) << " " << ToText(given);
  }
}

TEST(ParameterTest, WhatDoesNotReadAsTheTypeIsInvalid) {
  using enum ParameterType;
  const Value list(ValueList{Value(1)});
  const Value map(ValueMap{});
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<ParameterType, Value>> cases = {
      {kString, list},
      {kString, map},
      {kString, Value()},
      {kInteger, Value("x")},
      {kInteger, Value("5.5")},
      {kInteger, Value(5.5)},
      {kInteger, Value("")},
      {kInteger, Value(" 5")},
      {kInteger, Value("5 ")},
      {kInteger, Value("0x5")},
      {kInteger, Value(true)},
      {kInteger, Value(1e300)},
      {kInteger, Value("99999999999999999999")},
      {kInteger, Value()},
      {kNumber, Value("x")},
      {kNumber, Value("nan")},
      {kNumber, Value("inf")},
      {kNumber, Value(infinite)},
      {kNumber, Value("1,5")},
      {kNumber, Value()},
      {kBoolean, Value("on")},
      {kBoolean, Value(1)},
      {kBoolean, Value("")},
      {kQuantity, Value("lots")},
      {kQuantity, Value(-1)},
      {kQuantity, list},
  };
  for (const auto& [type, given] : cases) {
    const auto result = ConvertParameter({.type = type}, given);
    ASSERT_FALSE(result) << ParameterTypeName(type) << " " << ToText(given);
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  }
}

TEST(ParameterTest, BoundsAreInclusive) {
  const Parameter users{.type = ParameterType::kInteger, .min = 1, .max = 10};
  for (const int good : {1, 5, 10}) EXPECT_TRUE(ConvertParameter(users, Value(good))) << good;
  for (const int bad : {0, 11, -5}) EXPECT_FALSE(ConvertParameter(users, Value(bad))) << bad;
}

TEST(ParameterTest, BoundsOfNumbersAndQuantitiesAreByValue) {
  const Parameter ratio{.type = ParameterType::kNumber, .min = 0.5};
  EXPECT_TRUE(ConvertParameter(ratio, Value("0.5")));
  EXPECT_FALSE(ConvertParameter(ratio, Value("0.49")));
  const Parameter memory{.type = ParameterType::kQuantity, .min = 1024, .max = 1048576};
  EXPECT_TRUE(ConvertParameter(memory, Value("1Mi")));
  EXPECT_TRUE(ConvertParameter(memory, Value("1Ki")));
  EXPECT_FALSE(ConvertParameter(memory, Value("2Mi")));
  EXPECT_FALSE(ConvertParameter(memory, Value("500m")));
}

TEST(ParameterTest, BoundsOfTextsMeanNothing) {
  EXPECT_TRUE(ConvertParameter({.type = ParameterType::kString, .min = 5}, Value("a")));
}

TEST(ParameterTest, AnEnumKnowsItsWordsAndNamesThem) {
  const Parameter theme{.type = ParameterType::kEnum, .values = {"light", "5"}};
  EXPECT_EQ(ConvertParameter(theme, Value("light")), Value("light"));
  EXPECT_EQ(ConvertParameter(theme, Value(5)), Value("5"));
  const auto bad = ConvertParameter(theme, Value("Light"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "'Light' is not one of light, 5");
}

TEST(ParameterTest, ALongValueIsCutInTheMessage) {
  const auto bad =
      ConvertParameter({.type = ParameterType::kInteger}, Value(std::string(100'000, 'x')));
  ASSERT_FALSE(bad);
  EXPECT_LT(bad.error().message.size(), 200u);
}

TEST(ParameterTest, EveryTypeHasItsWord) {
  using enum ParameterType;
  EXPECT_EQ(ParameterTypeName(kString), "string");
  EXPECT_EQ(ParameterTypeName(kInteger), "integer");
  EXPECT_EQ(ParameterTypeName(kNumber), "number");
  EXPECT_EQ(ParameterTypeName(kBoolean), "boolean");
  EXPECT_EQ(ParameterTypeName(kQuantity), "quantity");
  EXPECT_EQ(ParameterTypeName(kEnum), "enum");
}

}  // namespace
}  // namespace kl
