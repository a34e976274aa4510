#include "sim/chargebee/model/faults.h"

#include <gtest/gtest.h>

namespace kl::chargebee_sim {
namespace {

ApiFault Fault(BadAnswer answer, std::string path = {}, int times = -1) {
  ApiFault fault;
  fault.answer = answer;
  fault.path = std::move(path);
  fault.times = times;
  return fault;
}

TEST(ApiFaultsTest, CountsDownAndThenIsGone) {
  ApiFaults faults;
  faults.Add(Fault(BadAnswer::kServerError, "", 2));
  EXPECT_TRUE(faults.Take("GET", "/events", true));
  EXPECT_TRUE(faults.Take("GET", "/events", true));
  EXPECT_FALSE(faults.Take("GET", "/events", true));
}

TEST(ApiFaultsTest, FitsByPathMethodAndKindOfCall) {
  ApiFaults faults;
  faults.Add(Fault(BadAnswer::kEmptyList));
  EXPECT_FALSE(faults.Take("GET", "/subscriptions/a", false));
  EXPECT_EQ(faults.Take("GET", "/subscriptions", true)->answer, BadAnswer::kEmptyList);
  faults.Clear();
  faults.Add(Fault(BadAnswer::kHtml, "update_for_items"));
  EXPECT_FALSE(faults.Take("GET", "/subscriptions/a", false));
  EXPECT_EQ(faults.Take("POST", "/subscriptions/a/update_for_items", false)->answer,
            BadAnswer::kHtml);
}

TEST(ApiFaultsTest, NamesRoundTrip) {
  for (const char* name :
       {"429", "500", "html", "timeout", "wrong_key", "empty_list", "other_site"}) {
    auto answer = ParseBadAnswer(name);
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(BadAnswerName(*answer), name);
  }
  EXPECT_FALSE(ParseBadAnswer("418"));
}

}  // namespace
}  // namespace kl::chargebee_sim
