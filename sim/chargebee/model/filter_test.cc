#include "sim/chargebee/model/filter.h"

#include <gmock/gmock.h>

namespace kl::chargebee_sim {
namespace {

using testing::ElementsAre;

struct Case {
  const char *op, *value;
  bool matches;
};

// The resource under test: status=active, created_at=100, no cancelled_at.
std::optional<std::string> Read(std::string_view field) {
  if (field == "status") return "active";
  if (field == "created_at") return "100";
  return std::nullopt;
}

bool Apply(const std::string& field, const Case& c) {
  Params params(Params::Pairs{{field + "[" + c.op + "]", c.value}});
  auto filters = ParseFilters(params, {"status", "created_at", "cancelled_at"});
  EXPECT_EQ(filters.size(), 1u);
  return MatchesAll(filters, Read);
}

TEST(FilterTest, TextOperators) {
  for (const Case& c : {Case{"is", "active", true}, Case{"is", "paused", false},
                        Case{"is_not", "active", false}, Case{"is_not", "paused", true},
                        Case{"in", R"(["active","paused"])", true}, Case{"in", "['paused']", false},
                        Case{"not_in", "['active']", false}, Case{"starts_with", "act", true},
                        Case{"starts_with", "x", false}, Case{"is_present", "true", true}}) {
    EXPECT_EQ(Apply("status", c), c.matches) << c.op << " " << c.value;
  }
}

TEST(FilterTest, TimeOperators) {
  for (const Case& c :
       {Case{"after", "99", true}, Case{"after", "100", false}, Case{"before", "101", true},
        Case{"before", "100", false}, Case{"between", "[100,200]", true},
        Case{"between", "['101', '200']", false}, Case{"on", "5", true}, Case{"on", "90000", false},
        Case{"gte", "100", true}, Case{"gt", "100", false}, Case{"lte", "100", true},
        Case{"lt", "9", false}}) {
    EXPECT_EQ(Apply("created_at", c), c.matches) << c.op << " " << c.value;
  }
}

TEST(FilterTest, AbsentAttributesAreNotEqualToAnything) {
  for (const Case& c : {Case{"is", "", false}, Case{"after", "0", false}, Case{"is_not", "5", true},
                        Case{"is_present", "false", true}, Case{"is_present", "true", false}}) {
    EXPECT_EQ(Apply("cancelled_at", c), c.matches) << c.op << " " << c.value;
  }
}

TEST(FilterTest, UnknownFieldsAreIgnoredAsOnTheRealService) {
  Params params(Params::Pairs{{"cf_domain[is]", "nobody.example.com"}});
  EXPECT_TRUE(ParseFilters(params, {"status"}).empty());
}

TEST(FilterTest, TheLastBracketIsTheOperator) {
  Params params(Params::Pairs{{"created_at[after]", "1"}, {"created_at[after][before]", "50"}});
  EXPECT_FALSE(MatchesAll(ParseFilters(params, {"created_at"}), Read));
}

TEST(FilterTest, IdsConfineAList) {
  Params params(Params::Pairs{{"id[in]", R"(["a","b"])"}});
  EXPECT_THAT(*ConfinedIds(ParseFilters(params, {"id"})), ElementsAre("a", "b"));
  EXPECT_EQ(ConfinedIds({}), std::nullopt);
}

TEST(CursorTest, RoundTripsAndRefusesForeignText) {
  const Cursor cursor{1'767'225'600, 42};
  EXPECT_EQ(DecodeCursor(EncodeCursor(cursor)), cursor);
  for (const char* bad : {"", "2", "%%%", "YzE6", "YzE6YTpi"}) {
    EXPECT_EQ(DecodeCursor(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace kl::chargebee_sim
