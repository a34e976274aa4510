#include "resources/time_text.h"

namespace kl {
namespace {

using std::chrono::milliseconds;

void AppendDigits(std::string& out, std::int64_t value, int width) {
  std::string digits(static_cast<std::size_t>(width), '0');
  for (int i = width; i-- > 0; value /= 10) digits[static_cast<std::size_t>(i)] += value % 10;
  out += digits;
}

// Reads a date-time from the left; every step says whether it found what it looked for.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Digits(int width, int& value) {
    value = 0;
    for (int i = 0; i < width; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return false;
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }
  bool OneOf(std::string_view allowed) {
    if (rest_.empty() || !allowed.contains(rest_[0])) return false;
    last_ = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  // ".123456" as milliseconds; absent is zero.
  bool Fraction(milliseconds& value) {
    if (!OneOf(".")) return true;
    int scale = 100;
    int digit = 0;
    if (!Digits(1, digit)) return false;
    do {
      value += milliseconds(digit * scale);
      scale /= 10;
    } while (Digits(1, digit));
    return true;
  }
  bool Offset(std::chrono::minutes& value) {
    if (OneOf("Zz")) return true;
    if (!OneOf("+-")) return false;
    const int sign = last_ == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (!Digits(2, hours) || !OneOf(":") || !Digits(2, minutes)) return false;
    value = std::chrono::minutes(sign * (hours * 60 + minutes));
    return hours < 24 && minutes < 60;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

}  // namespace

std::string FormatTime(WallTime time) {
  using namespace std::chrono;
  constexpr WallTime kFirst = sys_days(year(0) / 1 / 1);
  constexpr WallTime kLast = sys_days(year(10000) / 1 / 1) - milliseconds(1);
  time = std::clamp(time, kFirst, kLast);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);

  std::string out;
  out.reserve(24);
  AppendDigits(out, int{date.year()}, 4);
  AppendDigits(out += '-', unsigned{date.month()}, 2);
  AppendDigits(out += '-', unsigned{date.day()}, 2);
  AppendDigits(out += 'T', clock.hours().count(), 2);
  AppendDigits(out += ':', clock.minutes().count(), 2);
  AppendDigits(out += ':', clock.seconds().count(), 2);
  AppendDigits(out += '.', clock.subseconds().count(), 3);
  return out += 'Z';
}

Result<WallTime> ParseTime(std::string_view text) {
  using namespace std::chrono;
  Reader in(text);
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  milliseconds fraction{0};
  minutes offset{0};
  const bool shape = in.Digits(4, y) && in.OneOf("-") && in.Digits(2, mo) && in.OneOf("-") &&
                     in.Digits(2, d) && in.OneOf("Tt ") && in.Digits(2, h) && in.OneOf(":") &&
                     in.Digits(2, mi) && in.OneOf(":") && in.Digits(2, s) &&
                     in.Fraction(fraction) && in.Offset(offset) && in.AtEnd();
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!shape || !date.ok() || h > 23 || mi > 59 || s > 60) {
    return Fail(ErrorKind::kInvalid, "time: not RFC 3339: '" + std::string(text.substr(0, 64)) +
                                         "', expected the form 2026-11-23T17:29:00Z");
  }
  return WallTime(sys_days(date)) + hours(h) + minutes(mi) + seconds(s) + fraction - offset;
}

}  // namespace kl
