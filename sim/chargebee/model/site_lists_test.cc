// Pages, order, deleted ones, and lists that show the past.
#include "sim/chargebee/model/site_fixture.h"

namespace kl::chargebee_sim {
namespace {

using testing::ElementsAre;

class ListsTest : public SiteFixture {
 protected:
  std::vector<std::string> Ids(ListRequest request = {.limit = 100}) {
    std::vector<std::string> ids;
    for (const Subscription* s : site_.ListSubscriptions(request).items) ids.push_back(s->id);
    return ids;
  }

  std::string Plan(const std::string& id) {
    ListRequest request{.filters = {{"id", "is", {id}}}};
    auto page = site_.ListSubscriptions(request);
    return page.items.empty() ? "absent" : page.items[0]->items[0].item_price_id;
  }

  void ChangePlan(const std::string& id, const std::string& price) {
    SubscriptionUpdate change;
    change.items.push_back({price});
    ASSERT_TRUE(site_.Update(id, change, api_));
  }
};

TEST_F(ListsTest, NewestComeFirstAndPagesJoinWithoutGapOrOverlap) {
  for (int i = 0; i < 7; ++i) Buy({.id = "s" + std::to_string(i)});
  ListRequest request{.limit = 3};
  std::vector<std::string> all;
  for (int page_number = 0; page_number < 3; ++page_number) {
    auto page = site_.ListSubscriptions(request);
    for (const Subscription* s : page.items) all.push_back(s->id);
    ASSERT_EQ(page.next_offset.has_value(), page_number < 2);
    if (page.next_offset) request.after = DecodeCursor(*page.next_offset);
    Buy({.id = "late" + std::to_string(page_number)});  // new ones do not shift the pages
  }
  EXPECT_THAT(all, ElementsAre("s6", "s5", "s4", "s3", "s2", "s1", "s0"));
}

TEST_F(ListsTest, DeletedOnesAreListedOnRequest) {
  Buy({.id = "here"});
  Buy({.id = "gone"});
  ASSERT_TRUE(site_.Delete("gone", api_));
  EXPECT_THAT(Ids(), ElementsAre("here"));
  EXPECT_THAT(Ids({.limit = 100, .include_deleted = true}), ElementsAre("gone", "here"));
}

TEST_F(ListsTest, FiltersConfine) {
  Buy({.id = "a"});
  Buy({.id = "b"});
  ASSERT_TRUE(site_.Pause("b", {}, api_));
  EXPECT_THAT(Ids({.filters = {{"status", "in", {"paused"}}}}), ElementsAre("b"));
  EXPECT_THAT(Ids({.filters = {{"id", "in", {"a", "zz"}}}}), ElementsAre("a"));
  EXPECT_THAT(Ids({.filters = {{"item_id", "is", {"team"}}}}), ElementsAre());
}

TEST_F(ListsTest, ByUpdateOrdersByTheLastChange) {
  Buy({.id = "a"});
  Buy({.id = "b"});
  time_ += std::chrono::seconds(5);
  ChangePlan("a", "team-USD-monthly");
  EXPECT_THAT(Ids({.descending = false, .by_update = true}), ElementsAre("b", "a"));
}

TEST_F(ListsTest, ListsLagByTime) {
  Buy({.id = "old"});
  site_.SetListLag({.age = std::chrono::seconds(10)});
  ChangePlan("old", "team-USD-monthly");
  Buy({.id = "new"});
  EXPECT_EQ(Plan("old"), "starter-USD-monthly");
  EXPECT_EQ(Plan("new"), "absent");
  EXPECT_EQ(site_.FindSubscription("old")->items[0].item_price_id, "team-USD-monthly");
  EXPECT_EQ(site_.ListEvents({.limit = 100}).items.size(), 0u);
  time_ += std::chrono::seconds(10);
  EXPECT_GT(site_.ListEvents({.limit = 100}).items.size(), 4u);
  EXPECT_EQ(Plan("old"), "team-USD-monthly");
  EXPECT_EQ(Plan("new"), "starter-USD-monthly");
}

TEST_F(ListsTest, ListsLagByVersions) {
  Buy({.id = "s"});
  site_.SetListLag({.versions = 1});
  EXPECT_EQ(Plan("s"), "starter-USD-monthly");
  ChangePlan("s", "team-USD-monthly");
  EXPECT_EQ(Plan("s"), "starter-USD-monthly");
  ChangePlan("s", "business-USD-monthly");
  EXPECT_EQ(Plan("s"), "team-USD-monthly");
  site_.SetListLag({});
  EXPECT_EQ(Plan("s"), "business-USD-monthly");
}

TEST_F(ListsTest, EventsAreReadForwardFromACursor) {
  Buy();
  time_ += std::chrono::seconds(100);
  Buy();
  ListRequest request{.limit = 3, .descending = false};
  auto page = site_.ListEvents(request);
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_EQ(page.items[0]->type, "customer_created");
  request.after = DecodeCursor(*page.next_offset);
  request.limit = 100;
  EXPECT_EQ(site_.ListEvents(request).items.size(), 5u);
  ListRequest recent{.filters = {{"occurred_at", "after", {std::to_string(kStart + 50)}}},
                     .limit = 100};
  EXPECT_EQ(site_.ListEvents(recent).items.size(), 4u);
}

}  // namespace
}  // namespace kl::chargebee_sim
