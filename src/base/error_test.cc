#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

#include "base/result.h"

namespace kl {
namespace {

constexpr ErrorKind kAll[] = {ErrorKind::kInvalid,     ErrorKind::kUnauthenticated,
                              ErrorKind::kDenied,      ErrorKind::kNotFound,
                              ErrorKind::kConflict,    ErrorKind::kExhausted,
                              ErrorKind::kRateLimited, ErrorKind::kUnavailable,
                              ErrorKind::kCorrupt,     ErrorKind::kInternal};

TEST(ErrorTest, EveryKindHasAWordOfItsOwn) {
  std::set<std::string_view> names;
  for (ErrorKind kind : kAll) {
    const std::string_view name = ErrorKindName(kind);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), std::size(kAll));
}

TEST(ErrorTest, OnlyWhatMayPassByItselfIsRetryable) {
  std::set<ErrorKind> retryable;
  for (ErrorKind kind : kAll) {
    if (IsRetryable(kind)) retryable.insert(kind);
  }
  EXPECT_EQ(retryable, (std::set<ErrorKind>{ErrorKind::kConflict, ErrorKind::kExhausted,
                                            ErrorKind::kRateLimited, ErrorKind::kUnavailable}));
}

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(ErrorKind::kInvalid, "odd: " + std::to_string(value), "value");
  return value / 2;
}

Result<int> Quarter(int value) {
  KL_TRY(const int half, Half(value));
  KL_TRY(const int quarter, Half(half));
  return quarter;
}

Status Check(int value) {
  KL_RETURN_IF_ERROR(Half(value));
  return {};
}

TEST(ResultTest, TryBindsTheValueOrLeavesWithTheError) {
  EXPECT_EQ(Quarter(8), 2);
  const Result<int> odd = Quarter(6);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(odd.error().field, "value");
  EXPECT_TRUE(Check(2));
  EXPECT_FALSE(Check(3));
}

TEST(ResultTest, WrapPutsTheContextInFrontAndKeepsTheRest) {
  Error error{ErrorKind::kRateLimited, "slow down", "field", std::chrono::milliseconds(5)};
  const Status wrapped = Wrap(error, "reading the list");
  EXPECT_EQ(wrapped.error().message, "reading the list: slow down");
  EXPECT_EQ(wrapped.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(wrapped.error().field, "field");
  EXPECT_EQ(wrapped.error().retry_after, std::chrono::milliseconds(5));
}

}  // namespace
}  // namespace kl
