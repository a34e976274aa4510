#include "sim/chargebee/model/calendar.h"

#include <fmt/format.h>

#include <chrono>

namespace kl::chargebee_sim {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr Seconds kDay = 86400;

sys_days DayOf(Seconds at) {
  return std::chrono::floor<days>(std::chrono::sys_seconds(std::chrono::seconds(at)));
}

}  // namespace

Seconds AddPeriod(Seconds at, std::int64_t count, std::string_view unit) {
  if (unit == "day") return at + count * kDay;
  if (unit == "week") return at + count * 7 * kDay;
  const std::chrono::months months(unit == "year" ? 12 * count : count);
  const sys_days day = DayOf(at);
  year_month_day date = year_month_day(day) + months;
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  const Seconds second_of_day = at - day.time_since_epoch().count() * kDay;
  return sys_days(date).time_since_epoch().count() * kDay + second_of_day;
}

std::string FormatTime(Seconds at) {
  const year_month_day date(DayOf(at));
  const Seconds rest = at - DayOf(at).time_since_epoch().count() * kDay;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), rest / 3600, rest / 60 % 60,
                     rest % 60);
}

std::string FormatDay(Seconds at) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const year_month_day date(DayOf(at));
  return fmt::format("{} {} {}", unsigned(date.day()), kMonths[unsigned(date.month()) - 1],
                     int(date.year()));
}

}  // namespace kl::chargebee_sim
