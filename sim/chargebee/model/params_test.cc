#include "sim/chargebee/model/params.h"

#include <gmock/gmock.h>

namespace kl::chargebee_sim {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(ParseListTest, ReadsWhatBothOfficialClientsWrite) {
  EXPECT_THAT(ParseList(R"(["active","in_trial"])"), ElementsAre("active", "in_trial"));
  EXPECT_THAT(ParseList("['active', 'in_trial']"), ElementsAre("active", "in_trial"));
  EXPECT_THAT(ParseList("[1, 2]"), ElementsAre("1", "2"));
  EXPECT_THAT(ParseList("active"), ElementsAre("active"));
  EXPECT_THAT(ParseList("[]"), ElementsAre());
}

TEST(ParseListTest, KeepsWhatQuotesProtect) {
  EXPECT_THAT(ParseList(R"(["a,b","c\"d"])"), ElementsAre("a,b", "c\"d"));
  EXPECT_THAT(ParseList(R"(["unterminated)"), ElementsAre("[\"unterminated"));
}

TEST(ParamsTest, RowsFollowTheirIndexInEitherPlace) {
  Params last(Params::Pairs{{"subscription_items[item_price_id][0]", "a"},
                            {"subscription_items[quantity][0]", "2"},
                            {"subscription_items[item_price_id][1]", "b"}});
  EXPECT_THAT(last.Rows("subscription_items"),
              ElementsAre(UnorderedElementsAre(Pair("item_price_id", "a"), Pair("quantity", "2")),
                          UnorderedElementsAre(Pair("item_price_id", "b"))));
  Params first(Params::Pairs{{"subscription_items[0][item_price_id]", "a"}});
  EXPECT_THAT(first.Rows("subscription_items"),
              ElementsAre(ElementsAre(Pair("item_price_id", "a"))));
}

TEST(ParamsTest, RowsIgnoreGroupsWithALongerName) {
  Params params(Params::Pairs{{"items_more[x][0]", "1"}, {"items[x][0]", "2"}});
  EXPECT_THAT(params.Rows("items"), ElementsAre(ElementsAre(Pair("x", "2"))));
}

TEST(ParamsTest, PrefixesLoseTheirBracket) {
  Params params(
      Params::Pairs{{"subscription[cf_domain]", "d"}, {"subscription[id]", "s"}, {"other", "x"}});
  EXPECT_THAT(params.WithPrefix("subscription["),
              UnorderedElementsAre(Pair("cf_domain", "d"), Pair("id", "s")));
}

TEST(ParamsTest, AbsentIsNotEmpty) {
  Params params(Params::Pairs{{"cf_domain", ""}, {"limit", "x"}, {"yes", "true"}});
  EXPECT_EQ(params.OptionalText("cf_domain"), "");
  EXPECT_EQ(params.OptionalText("nothing"), std::nullopt);
  EXPECT_EQ(params.Number("limit"), std::nullopt);
  EXPECT_EQ(params.Flag("yes"), true);
  EXPECT_EQ(params.Flag("no"), std::nullopt);
}

}  // namespace
}  // namespace kl::chargebee_sim
