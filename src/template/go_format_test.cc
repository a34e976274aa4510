#include "template/go_format.h"

#include <gtest/gtest.h>

#include "template/go_string.h"

namespace kl::tmpl {
namespace {

std::string Format(std::string_view format, std::vector<Value> args) {
  auto out = GoFormat(format, args);
  return out ? *out : "error: " + out.error();
}

// Expected texts are what Go prints.
TEST(GoFormat, PrintsAsGoDoes) {
  EXPECT_EQ(Format("%d|%5d|%-5d|%05d|%+d|% d", {1, 2, 3, 4, 5, 6}), "1|    2|3    |00004|+5| 6");
  EXPECT_EQ(Format("%05d|%x|%X|%o|%b|%c", {-7, 255, 255, 8, 5, 233}), "-0007|ff|FF|10|101|\u00e9");
  EXPECT_EQ(Format("%x", {-255}), "-ff");
  EXPECT_EQ(Format("%s|%5s|%-5s|%.2s|%q|%x", {"a", "b", "c", "def", "g\n\"", "hi"}),
            "a|    b|c    |de|\"g\\n\\\"\"|6869");
  EXPECT_EQ(Format("%5s|", {"\u00e9"}), "    \u00e9|");
  EXPECT_EQ(Format("%f|%.2f|%8.3f|%e|%g", {1.5, 2.345, 3.14159, 1234.5, 0.5}),
            "1.500000|2.35|   3.142|1.234500e+03|0.5");
  EXPECT_EQ(Format("%v %v %v %v %t", {1, "a", 2.5, true, false}), "1 a 2.5 true false");
  EXPECT_EQ(Format("%v", {ValueList{1, 2}}), "[1,2]");
  EXPECT_EQ(Format("100%%", {}), "100%");
  EXPECT_EQ(Format("", {}), "");
}

TEST(GoFormat, RefusesWhatGoWouldPrintAsAMistake) {
  EXPECT_TRUE(Format("%d", {"x"}).starts_with("error: %d does not fit"));
  EXPECT_TRUE(Format("%s", {5}).starts_with("error"));
  EXPECT_TRUE(Format("%z", {5}).starts_with("error"));
  EXPECT_TRUE(Format("%d", {}).starts_with("error: fewer"));
  EXPECT_TRUE(Format("x", {5}).starts_with("error: more"));
  EXPECT_TRUE(Format("%", {5}).starts_with("error: the format ends"));
  EXPECT_TRUE(Format("%v", {Value()}).starts_with("error: an operand has no value"));
}

TEST(GoFormat, BoundsWidthAndPrecision) {
  EXPECT_EQ(Format("%1024d", {1}).size(), 1024u);
  EXPECT_TRUE(Format("%1025d", {1}).starts_with("error: a width"));
  EXPECT_TRUE(Format("%99999999999999999999d", {1}).starts_with("error: a width"));
  EXPECT_TRUE(Format("%.9999f", {1.5}).starts_with("error: a precision"));
}

TEST(GoFormat, SurvivesTheExtremes) {
  EXPECT_EQ(Format("%d", {Value(INT64_MIN)}), "-9223372036854775808");
  EXPECT_EQ(Format("%x", {Value(INT64_MIN)}), "-8000000000000000");
  EXPECT_EQ(Format("%.1024f", {1e308}).size(), 309u + 1 + 1024);
}

TEST(GoString, QuoteIsTheReverseOfUnquote) {
  const std::string text = "a\"b\\c\n\t\r\x01\x7f \u00e9";
  std::string quoted = Quote(text);
  EXPECT_EQ(Unquote(std::string_view(quoted).substr(1, quoted.size() - 2)), text);
}

TEST(GoString, UnquoteRefusesUnknownEscapes) {
  for (std::string_view text : {"\\z", "\\", "\\x1", "\\xzz", "\\u12", "\\U0000"})
    EXPECT_EQ(Unquote(text), std::nullopt) << text;
}

TEST(GoString, NumbersAreReadWhole) {
  EXPECT_EQ(ParseNumber("12"), Value(12));
  EXPECT_EQ(ParseNumber("-0x1F"), Value(-31));
  EXPECT_EQ(ParseNumber("1_0"), Value(10));
  EXPECT_EQ(ParseNumber(".5"), Value(0.5));
  for (std::string_view text :
       {"", "-", "+", "0x", "0x-1", "1x", "inf", "-inf", "nan", "1e", "_", "--1"})
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
}

TEST(GoString, ARuneIsOneCharacter) {
  EXPECT_EQ(SingleRune("a"), 97);
  EXPECT_EQ(SingleRune("\u00e9"), 0xe9);
  EXPECT_EQ(SingleRune("\U0001f600"), 0x1f600);
  EXPECT_EQ(SingleRune(""), std::nullopt);
  EXPECT_EQ(SingleRune("ab"), std::nullopt);
}

}  // namespace
}  // namespace kl::tmpl
