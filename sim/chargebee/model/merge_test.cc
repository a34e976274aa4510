#include "sim/chargebee/model/merge.h"

#include <gtest/gtest.h>

namespace kl::chargebee_sim {
namespace {

TEST(MergeTest, NamesBecomeTheirValues) {
  EXPECT_EQ(Merge("Dear {{customer.first_name}}, {{ x }}{{none}}!",
                  {{"customer.first_name", "Jane"}, {"x", "1"}}),
            "Dear Jane, 1!");
}

TEST(MergeTest, BlocksDependOnWhetherThereIsAValue) {
  const char text[] = "{{#d}}ready at {{d}}{{/d}}{{^d}}patience{{/d}}.";
  EXPECT_EQ(Merge(text, {{"d", "https://a"}}), "ready at https://a.");
  EXPECT_EQ(Merge(text, {{"d", ""}}), "patience.");
  EXPECT_EQ(Merge(text, {}), "patience.");
}

TEST(MergeTest, BlocksNest) {
  EXPECT_EQ(Merge("{{#a}}[{{#b}}both{{/b}}]{{/a}}", {{"a", "1"}, {"b", "2"}}), "[both]");
  EXPECT_EQ(Merge("{{#a}}[{{#b}}both{{/b}}]{{/a}}", {{"a", "1"}}), "[]");
}

TEST(MergeTest, WhatIsNotClosedEndsWithTheText) {
  EXPECT_EQ(Merge("a {{#d}}b", {{"d", "1"}}), "a b");
  EXPECT_EQ(Merge("a {{d", {{"d", "1"}}), "a 1");
}

}  // namespace
}  // namespace kl::chargebee_sim
