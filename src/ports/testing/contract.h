// How the contract suites meet an adapter. A suite is a typed suite over a Backend:
//
//   struct Backend {                       // default-constructed for every test, empty
//     template <class T> T Run(Task<T>);   // drives the loop until the task ended
//     Loop& loop();
//     void Settle();    // reads are current from here on (a twin lets its stale states run out)
//     void Reopen();    // as after a restart of the program: what was acknowledged is still there.
//                       // References got before are dead.
//     ... and what the suite names: store<Object>(), watchable<Object>(), hints(), history(),
//         secrets()
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryBackend);
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/task.h"

namespace kl::testing {

// Kind of a result's error, for EXPECT_EQ; nullopt when it is no error.
template <class T>
std::optional<ErrorKind> KindOf(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().kind;
}

// The error's message, for a failing assertion to show.
template <class T>
std::string MessageOf(const Result<T>& result) {
  return result ? "" : result.error().message;
}

#define KL_ASSERT_OK(expression)                                   \
  do {                                                             \
    const auto& kl_result = (expression);                          \
    ASSERT_TRUE(kl_result) << ::kl::testing::MessageOf(kl_result); \
  } while (false)

}  // namespace kl::testing
