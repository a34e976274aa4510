#include "adapters/gateway_caddy/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kl::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Page kAll[] = {Page::kStarting, Page::kUnreachable, Page::kStopped, Page::kUnknown,
                         Page::kFailed};

TEST(Pages, OnlyWhatPassesByItselfAsksAgain) {
  for (Page page : kAll) {
    const bool waits = page == Page::kStarting || page == Page::kUnreachable;
    EXPECT_EQ(PageRetrySeconds(page) > 0, waits);
    const auto refresh = HasSubstr("http-equiv=\"refresh\"");
    if (waits) {
      EXPECT_THAT(PageHtml(page), refresh);
    } else {
      EXPECT_THAT(PageHtml(page), Not(refresh));
    }
  }
}

TEST(Pages, TellNothingOfWhatRunsBehindAndLoadNothing) {
  for (Page page : kAll) {
    const std::string html = PageHtml(page);
    for (const char* word : {"uberlogic", "addy", "ocker", "odman", "upstream", "127.0.0.1",
                             "<script", "src=", "href=", "url("}) {
      EXPECT_THAT(html, Not(HasSubstr(word)));
    }
  }
}

// A pair of braces without a space inside could be taken for a placeholder by the program that
// sends the page.
TEST(Pages, NoBracesLookLikeAPlaceholder) {
  for (Page page : kAll) {
    const std::string html = PageHtml(page);
    for (std::size_t at = html.find('{'); at != std::string::npos; at = html.find('{', at + 1)) {
      EXPECT_THAT(std::string(" \n"), HasSubstr(std::string(1, html.at(at + 1))))
          << html.substr(at, 20);
    }
  }
}

}  // namespace
}  // namespace kl::gateway
