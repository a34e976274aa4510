// Billing periods on the UTC calendar.
#pragma once

#include <string>
#include <string_view>

#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

// `at` plus `count` units (day week month year); the day of the month is clamped (31 January + 1
// month = 28 or 29 February).
Seconds AddPeriod(Seconds at, std::int64_t count, std::string_view unit);

// "2026-11-23 17:25:00" in UTC.
std::string FormatTime(Seconds at);
// "23 Nov 2026"
std::string FormatDay(Seconds at);

}  // namespace kl::chargebee_sim
