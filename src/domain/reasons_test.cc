#include "domain/reasons.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace kl::reason {
namespace {

constexpr const char* kPage = "docs/operating/reasons.md";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The words of the constants in namespace kl::reason, read from the header itself.
std::set<std::string> DeclaredWords() {
  std::string rest = ReadFile("src/domain/reasons.h");
  rest.erase(0, rest.find("namespace kl::reason {"));
  const std::string start = "constexpr std::string_view k";
  std::set<std::string> words;
  for (auto at = rest.find(start); at != std::string::npos; at = rest.find(start)) {
    rest.erase(0, at + start.size());
    const std::string constant = rest.substr(0, rest.find(' '));
    const auto open = rest.find('"');
    const std::string word = rest.substr(open + 1, rest.find('"', open + 1) - open - 1);
    EXPECT_EQ(constant, word) << "a constant is named as its word";
    words.insert(word);
  }
  return words;
}

std::string Page() {
  std::string page =
      "# Reasons\n\n"
      "Every condition of a service, subscription or site carries one of these words in `reason`; "
      "`kuberlogic explain`\nshows the one that stands in the way. This page is made from "
      "`src/domain/reasons.cc`.\n\n"
      "| reason | what it means | what to do |\n|---|---|---|\n";
  for (const Reason& reason : All()) {
    page += "| `" + std::string(reason.word) + "` | " + std::string(reason.meaning) + " | " +
            std::string(reason.remedy.empty() ? "–" : reason.remedy) + " |\n";
  }
  return page;
}

TEST(ReasonsTest, EveryDeclaredWordIsExplainedAndNoOther) {
  const auto declared = DeclaredWords();
  EXPECT_GE(declared.size(), 40u);
  std::set<std::string> explained;
  for (const Reason& reason : All()) explained.emplace(reason.word);
  EXPECT_EQ(explained, declared);
}

TEST(ReasonsTest, TheyAreSortedAndEachOnce) {
  EXPECT_TRUE(std::ranges::is_sorted(All(), {}, &Reason::word));
  EXPECT_EQ(std::ranges::adjacent_find(All(), {}, &Reason::word), All().end());
}

TEST(ReasonsTest, MeaningsAndRemediesAreSentences) {
  for (const Reason& reason : All()) {
    EXPECT_TRUE(reason.meaning.ends_with('.')) << reason.word;
    EXPECT_EQ(reason.meaning.find('|'), std::string_view::npos) << reason.word;
    if (reason.remedy.empty()) continue;
    EXPECT_TRUE(reason.remedy.ends_with('.')) << reason.word;
    EXPECT_EQ(reason.remedy.find('|'), std::string_view::npos) << reason.word;
  }
}

TEST(ReasonsTest, WhatGoesWrongHasARemedy) {
  // Waiting, success and what the customer decided need none.
  const std::set<std::string_view> nothing_to_do = {
      kReady,       kStarting,      kWaitingForDependency, kEndpointNotProbed,   kDeleting,
      kMatchedPlan, kNotStartedYet, kTransferred,          kProviderRateLimited, kReadLagging,
      kDomainOwed,  kDomainWritten, kCertificateLimit,     kCertificateOrdered};
  for (const Reason& reason : All()) {
    EXPECT_EQ(reason.remedy.empty(), nothing_to_do.contains(reason.word)) << reason.word;
  }
}

// KL_BLESS=1 writes the page anew.
TEST(ReasonsTest, ThePageOfTheManualIsTheTable) {
  if (std::getenv("KL_BLESS") != nullptr) std::ofstream(kPage) << Page();
  EXPECT_EQ(ReadFile(kPage), Page()) << "run with KL_BLESS=1 to write " << kPage;
}

}  // namespace
}  // namespace kl::reason
