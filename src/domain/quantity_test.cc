#include "domain/quantity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace kl {
namespace {

struct Case {
  const char* text;
  std::int64_t millis;
};

class QuantityParse : public ::testing::TestWithParam<Case> {};

TEST_P(QuantityParse, IsThatManyThousandthsAndKeepsItsText) {
  const auto quantity = Quantity::Parse(GetParam().text);
  ASSERT_TRUE(quantity) << GetParam().text << ": " << quantity.error().message;
  EXPECT_EQ(quantity->millis(), GetParam().millis) << GetParam().text;
  EXPECT_EQ(quantity->text(), GetParam().text);
}

constexpr std::int64_t kMi = 1024 * 1024;

INSTANTIATE_TEST_SUITE_P(
    All, QuantityParse,
    ::testing::Values(
        Case{"0", 0}, Case{"1", 1000}, Case{"250m", 250}, Case{"1.5", 1500}, Case{"0.5", 500},
        Case{".5", 500}, Case{"5.", 5000}, Case{"+2", 2000}, Case{"007", 7000},
        Case{"1.500000000000000000000000", 1500}, Case{"0.0", 0}, Case{"1000m", 1000},
        // decimal suffixes
        Case{"1k", 1'000'000}, Case{"2M", 2'000'000'000}, Case{"3G", 3'000'000'000'000},
        Case{"1T", 1'000'000'000'000'000}, Case{"1P", 1'000'000'000'000'000'000},
        Case{"0.001E", 1'000'000'000'000'000'000},
        // binary suffixes
        Case{"1Ki", 1024'000}, Case{"512Mi", 512 * kMi * 1000}, Case{"2Gi", 2048 * kMi * 1000},
        Case{"1.5Gi", 1536 * kMi * 1000}, Case{"1Ti", kMi* kMi * 1000},
        Case{"1Pi", 1024 * kMi* kMi * 1000}, Case{"0.0001220703125Ei", 1024 * kMi* kMi / 8 * 1000},
        // exponents
        Case{"1e3", 1'000'000}, Case{"1E3", 1'000'000}, Case{"1e+3", 1'000'000},
        Case{"12e-1", 1200}, Case{"1.5e1", 15'000}, Case{"0e100", 0},
        // rounded up to a thousandth, never to nothing
        Case{"1u", 1}, Case{"1n", 1}, Case{"0.1m", 1}, Case{"1.0001", 1001}, Case{"1500u", 2},
        Case{"1e-50", 1}, Case{"0u", 0},
        // the greatest
        Case{"9007199254740992", 9007199254740992'000}, Case{"8Pi", 9007199254740992'000}));

TEST(QuantityParseTest, TheCanonicalFormCanBeReadBack) {
  for (const char* text : {"0.99254Pi", "8Pi", "9007199254740991.999", "1n"}) {
    const auto parsed = Quantity::Parse(text);
    ASSERT_TRUE(parsed) << text;
    const auto again = Quantity::Parse(Quantity::FromMillis(parsed->millis()).text());
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(*again, *parsed) << text;
  }
}

TEST(QuantityParseTest, WhatIsNoQuantityIsInvalidAndNamesTheText) {
  for (const char* text :
       {"",    " ",   "abc",  "m",     "Mi",    ".",    "1 Gi",  " 1",
        "1 ",  "1gi", "1KB",  "1GB",   "1Gib",  "0x10", "1,5",   "1.2.3",
        "1e",  "1E+", "1e3m", "1e3Ki", "1e1.5", "++1",  "1_000", "½",
        "NaN", "inf", "1i",   "1mi",   "1K",    "1e-",  "1e 3",  "1e999999999999"}) {
    const auto quantity = Quantity::Parse(text);
    ASSERT_FALSE(quantity) << text;
    EXPECT_EQ(quantity.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(quantity.error().message.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(QuantityParseTest, NegativeOnesAreRefused) {
  for (const char* text : {"-1", "-0", "-250m", "-1Gi"})
    EXPECT_FALSE(Quantity::Parse(text)) << text;
}

TEST(QuantityParseTest, TooGreatOnesAreRefusedAndDoNotWrap) {
  for (const char* text :
       {"9007199254740993", "9007199254740992.001", "9Pi", "1E", "1Ei", "10P", "1e16", "1e100",
        "999999999999999999Ei", "18446744073709551616", "1234567890123456789"}) {
    EXPECT_FALSE(Quantity::Parse(text)) << text;
  }
}

TEST(QuantityParseTest, ALongTextIsCutInTheMessage) {
  const auto quantity = Quantity::Parse(std::string(100'000, 'x'));
  ASSERT_FALSE(quantity);
  EXPECT_LT(quantity.error().message.size(), 200u);
}

TEST(QuantityTest, ComparesByValueNotByText) {
  const auto parse = [](const char* text) { return Quantity::Parse(text).value(); };
  EXPECT_EQ(parse("1Gi"), parse("1024Mi"));
  EXPECT_EQ(parse("1"), parse("1000m"));
  EXPECT_LT(parse("1G"), parse("1Gi"));
  EXPECT_GT(parse("2"), parse("1999m"));
  EXPECT_EQ(Limits{.cpu = parse("1")}, Limits{.cpu = parse("1000m")});
  EXPECT_NE(Limits{.cpu = parse("1")}, Limits{});
}

TEST(QuantityTest, WholeValueIsRoundedUp) {
  EXPECT_EQ(Quantity::Parse("1.5")->value(), 2);
  EXPECT_EQ(Quantity::Parse("1m")->value(), 1);
  EXPECT_EQ(Quantity::Parse("0")->value(), 0);
  EXPECT_EQ(Quantity::Parse("2Gi")->value(), 2048 * kMi);
}

TEST(QuantityTest, IsShownInItsShortestForm) {
  EXPECT_EQ(Quantity::FromMillis(250).text(), "250m");
  EXPECT_EQ(Quantity::FromMillis(2000).text(), "2");
  EXPECT_EQ(Quantity::FromMillis(0).text(), "0");
  EXPECT_EQ(Quantity::FromBytes(512 * kMi).text(), "512Mi");
  EXPECT_EQ(Quantity::FromBytes(2048 * kMi).text(), "2Gi");
  EXPECT_EQ(Quantity::FromBytes(1000).text(), "1000");
  EXPECT_EQ(Quantity::FromBytes(0).text(), "0");
  EXPECT_EQ(Quantity().text(), "0");
}

TEST(QuantityTest, ShownFormsReadBackAsTheSameValue) {
  SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto bytes = static_cast<std::int64_t>(random.Next() >> (11 + random.Below(50)));
    for (const auto& quantity : {Quantity::FromMillis(bytes), Quantity::FromBytes(bytes)}) {
      const auto back = Quantity::Parse(quantity.text());
      ASSERT_TRUE(back) << quantity.text();
      EXPECT_EQ(*back, quantity);
    }
  }
}

TEST(QuantityTest, AnyTextEitherReadsOrIsRefused) {
  constexpr std::string_view kAlphabet = "0123456789.eE+-munkKMGTPi ";
  SeededRandom random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = random.Below(12); n > 0; --n) text += kAlphabet[random.Below(kAlphabet.size())];
    const auto quantity = Quantity::Parse(text);
    if (quantity) {
      EXPECT_GE(quantity->millis(), 0) << text;
      EXPECT_LE(quantity->value(), std::int64_t{1} << 53) << text;
    }
  }
}

}  // namespace
}  // namespace kl
