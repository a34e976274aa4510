#include "resources/time_text.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kl {
namespace {

WallTime At(std::int64_t millis) { return WallTime(Duration(millis)); }

TEST(TimeText, ShowsUtcWithMilliseconds) {
  EXPECT_EQ(FormatTime(At(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime(At(1'795'454'940'123)), "2026-11-23T17:29:00.123Z");
  EXPECT_EQ(FormatTime(At(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(TimeText, TimesOutsideFourDigitYearsBecomeTheNearest) {
  EXPECT_EQ(FormatTime(At(INT64_MAX)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTime(At(INT64_MIN)), "0000-01-01T00:00:00.000Z");
}

TEST(TimeText, ReadsWhatOthersWrite) {
  const WallTime expected = At(1'795'454'940'000);
  for (const char* text : {"2026-11-23T17:29:00Z", "2026-11-23t17:29:00z", "2026-11-23 17:29:00Z",
                           "2026-11-23T17:29:00.000000000Z", "2026-11-23T19:29:00+02:00",
                           "2026-11-23T11:59:00-05:30"}) {
    EXPECT_EQ(ParseTime(text), expected) << text;
  }
  EXPECT_EQ(ParseTime("2026-11-23T17:29:00.5Z"), expected + Duration(500));
  EXPECT_EQ(ParseTime("2026-11-23T17:29:00.1239Z"), expected + Duration(123));
  EXPECT_EQ(ParseTime("2026-11-23T17:28:60Z"), expected);
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2026-11-23", "2026-11-23T17:29Z", "2026-11-23T17:29:00", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T17:60:00Z",
        "2026-11-23T17:29:00.Z", "2026-11-23T17:29:00+0200", "2026-11-23T17:29:00+24:00",
        "2026-11-23T17:29:00Z ", "+026-11-23T17:29:00Z"}) {
    const auto parsed = ParseTime(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  }
}

TEST(TimeText, EveryMillisecondComesBack) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const WallTime time = At(static_cast<std::int64_t>(random.Below(253'402'300'800'000ULL)));
    EXPECT_EQ(ParseTime(FormatTime(time)), time);
  }
}

}  // namespace
}  // namespace kl
