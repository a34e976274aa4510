#include "domain/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "domain/naming.h"

namespace kl {
namespace {

TEST(SubscriptionNameTest, IsTheProviderAndTwentyDigitsOfAHash) {
  const std::string name = NameOf({"acme", "shop-test", "AzZ1"}).str();
  EXPECT_TRUE(name.starts_with("acme-"));
  EXPECT_EQ(name.size(), 5u + 20u);
  EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567-"), std::string::npos) << name;
}

TEST(SubscriptionNameTest, StaysTheSameForever) {
  // Kept records are found by this name: a change of the rule would lose them all.
  EXPECT_EQ(NameOf({"acme", "shop-test", "AzZ1"}).str(), "acme-4blcgc764zrjkri4cflc");
}

TEST(SubscriptionNameTest, IdsThatDifferInCaseSiteOrProviderHaveOtherNames) {
  const std::set<SubscriptionName> names = {
      NameOf({"acme", "s", "abc"}), NameOf({"acme", "s", "ABC"}),  NameOf({"acme", "t", "abc"}),
      NameOf({"bill", "s", "abc"}), NameOf({"acme", "s", "abc "}), NameOf({"acme", "s", ""})};
  EXPECT_EQ(names.size(), 6u);
}

TEST(SubscriptionNameTest, IdsOfAnyShapeGiveNamesOfOneShape) {
  for (const char* id : {"kube-system", "../../etc/passwd", "a b", "\xff\xfe", "ü", "x/y/z"}) {
    const std::string name = NameOf({"acme", "s", id}).str();
    EXPECT_EQ(name.size(), 25u) << id;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567-"), std::string::npos);
  }
}

TEST(SubscriptionKeyTest, TextReadsBackAsTheSameKey) {
  for (const char* id : {"abc", "ABC", "a/b/c", "/", "ü", " "}) {
    const SubscriptionKey key{"acme", "shop-test", id};
    EXPECT_EQ(ParseSubscriptionKey(ToString(key)), key) << id;
  }
  EXPECT_EQ(ToString(SubscriptionKey{"acme", "s", "i"}), "acme/s/i");
}

TEST(SubscriptionKeyTest, IncompleteTextsAreNoKeys) {
  for (const char* text : {"", "acme", "acme/s", "acme/s/", "/s/i", "acme//i", "//"}) {
    EXPECT_EQ(ParseSubscriptionKey(text), std::nullopt) << text;
  }
}

TEST(SubscriptionKeyTest, AKeyWithoutIdIsEmpty) {
  EXPECT_TRUE(SubscriptionKey{}.empty());
  EXPECT_FALSE((SubscriptionKey{"a", "b", "c"}).empty());
}

}  // namespace
}  // namespace kl
