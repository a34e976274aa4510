// The one error type of the program: a closed list of kinds, so that "kind -> HTTP status", "kind
// -> exit code" and "kind -> retry" are three exhaustive switches, each in one place.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kl {

enum class ErrorKind {
  kInvalid,          // the caller's input is wrong; the same call can never succeed
  kUnauthenticated,  // no credentials, or wrong ones
  kDenied,           // credentials are known and lack the right
  kNotFound,         // the named thing is not there
  kConflict,         // it changed since it was read, or the name is taken: read again, decide again
  kExhausted,        // quota, disk, capacity: retry when room appears
  kRateLimited,      // the other side asks us to slow down; retry_after may be set
  kUnavailable,      // cannot be reached, timed out, temporary failure: retry
  kCorrupt,          // stored data does not decode: never overwritten, needs a person
  kInternal,         // a bug of ours
};

// Stable lower-case word of a kind, as it appears in API error bodies and logs.
std::string_view ErrorKindName(ErrorKind kind);

// Whether the same call may succeed later without anyone changing the input.
bool IsRetryable(ErrorKind kind);

// Message grammar: "cause: detail", one line, the object named, no secrets, no final full stop.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::string field;  // dotted path of the offending input, empty when none
  std::optional<std::chrono::milliseconds> retry_after;
  bool operator==(const Error&) const = default;
};

}  // namespace kl
