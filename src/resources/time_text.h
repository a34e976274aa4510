// Times as text: RFC 3339, UTC, milliseconds: "2026-11-23T17:29:00.123Z".
#pragma once

#include <string>
#include <string_view>

#include "base/loop.h"
#include "base/result.h"

namespace kl {

// Years 0000 to 9999, which is all that RFC 3339 can say; a time outside becomes the nearest.
std::string FormatTime(WallTime time);
// Any RFC 3339 date-time: 'T' or a space, upper or lower case, any offset, any number of fractional
// digits (those after the third are dropped). A leap second reads as the second after it. kInvalid
// with the text otherwise.
Result<WallTime> ParseTime(std::string_view text);

}  // namespace kl
