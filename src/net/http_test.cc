#include "net/http.h"

#include <gtest/gtest.h>

#include "net/text.h"

namespace kl::net {
namespace {

TEST(HeadersTest, NamesCompareWithoutCaseAndOrderIsKept) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(headers.Find("content-type"), "text/plain");
  EXPECT_EQ(headers.Find("X-A"), "1");
  EXPECT_FALSE(headers.Find("X-B").has_value());
  ASSERT_EQ(headers.items().size(), 3u);
  EXPECT_EQ(headers.items()[2].second, "2");
}

TEST(HeadersTest, SetReplacesAllOfThatName) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.Set("a", "4");
  ASSERT_EQ(headers.items().size(), 2u);
  EXPECT_EQ(headers.Find("A"), "4");
  headers.Set("C", "5");
  EXPECT_EQ(headers.items().back().second, "5");
}

TEST(RequestTest, TargetSplitsAtTheFirstQuestionMark) {
  Request request;
  request.target = "/a/b?x=1?2";
  EXPECT_EQ(request.path(), "/a/b");
  EXPECT_EQ(request.query(), "x=1?2");
  request.target = "/a";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "");
}

TEST(PercentTest, EverythingButUnreservedIsEscapedAndComesBack) {
  EXPECT_EQ(PercentEncode("a-b.c_d~e"), "a-b.c_d~e");
  EXPECT_EQ(PercentEncode("a b/c[d]=\xc3\xa9"), "a%20b%2Fc%5Bd%5D%3D%C3%A9");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

TEST(PercentTest, MalformedEscapesAreKept) {
  EXPECT_EQ(PercentDecode("100%"), "100%");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("%zz%41"), "%zzA");
  EXPECT_EQ(PercentDecode("%41"), "A");
}

TEST(PercentTest, PlusIsASpaceInFormsOnly) {
  EXPECT_EQ(PercentDecode("a+b"), "a+b");
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
}

TEST(FormTest, PairsComeDecodedInOrder) {
  const auto pairs = ParseForm("subscription[id]=a%2Bb&&note=x+y&flag&empty=&a=b=c");
  ASSERT_EQ(pairs.size(), 5u);
  EXPECT_EQ(pairs[0], (std::pair<std::string, std::string>("subscription[id]", "a+b")));
  EXPECT_EQ(pairs[1], (std::pair<std::string, std::string>("note", "x y")));
  EXPECT_EQ(pairs[2], (std::pair<std::string, std::string>("flag", "")));
  EXPECT_EQ(pairs[3], (std::pair<std::string, std::string>("empty", "")));
  EXPECT_EQ(pairs[4], (std::pair<std::string, std::string>("a", "b=c")));
}

TEST(FormTest, EncodedPairsParseToThemselves) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"limit", "100"}, {"sort_by[asc]", "updated at"}, {"v", "a&b=c+d%"}};
  EXPECT_EQ(ParseForm(EncodeForm(pairs)), pairs);
  EXPECT_EQ(EncodeForm({}), "");
}

TEST(ResponseTest, HelpersNameTheContentType) {
  const Response json = JsonResponse(201, "{}");
  EXPECT_EQ(json.status, 201);
  EXPECT_EQ(json.headers.Find("content-type"), "application/json");
  EXPECT_EQ(TextResponse(200, "x").headers.Find("content-type"), "text/plain; charset=utf-8");
}

TEST(TextTest, OnlyAsciiLettersFold) {
  EXPECT_TRUE(EqualsNoCase("Keep-Alive", "kEEP-aLIVE"));
  EXPECT_FALSE(EqualsNoCase("a", "ab"));
  EXPECT_FALSE(EqualsNoCase("@", "`"));
}

}  // namespace
}  // namespace kl::net
