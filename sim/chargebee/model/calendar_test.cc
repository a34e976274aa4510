#include "sim/chargebee/model/calendar.h"

#include <gtest/gtest.h>

namespace kl::chargebee_sim {
namespace {

constexpr Seconds kJanuary31 = 1'769'860'800 + 3600;  // 2026-01-31 13:00 UTC

TEST(CalendarTest, MonthsClampToTheirLastDay) {
  EXPECT_EQ(FormatTime(kJanuary31), "2026-01-31 13:00:00");
  EXPECT_EQ(FormatTime(AddPeriod(kJanuary31, 1, "month")), "2026-02-28 13:00:00");
  EXPECT_EQ(FormatTime(AddPeriod(kJanuary31, 25, "month")), "2028-02-29 13:00:00");
  EXPECT_EQ(FormatTime(AddPeriod(kJanuary31, 1, "year")), "2027-01-31 13:00:00");
}

TEST(CalendarTest, DaysAndWeeksAreLengths) {
  EXPECT_EQ(AddPeriod(kJanuary31, 3, "day"), kJanuary31 + 3 * 86'400);
  EXPECT_EQ(AddPeriod(kJanuary31, 2, "week"), kJanuary31 + 14 * 86'400);
}

TEST(CalendarTest, WritesDaysForPeople) { EXPECT_EQ(FormatDay(kJanuary31), "31 Jan 2026"); }

}  // namespace
}  // namespace kl::chargebee_sim
