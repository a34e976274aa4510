// docs/reference/template.md says what the code does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "template/functions.h"
#include "template/template.h"

namespace kl::tmpl {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Reference() {
  std::ifstream file("docs/reference/template.md");
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

// The text from `begin` up to `end`.
std::string Between(const std::string& begin, const std::string& end) {
  const std::string text = Reference();
  const std::size_t from = text.find(begin);
  EXPECT_NE(from, text.npos) << begin;
  const std::size_t to = text.find(end, from + begin.size());
  EXPECT_NE(to, text.npos) << end;
  return text.substr(from, to - from);
}

// Every `word` in backquotes.
std::vector<std::string> Quoted(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t open = text.find('`');
    if (open == text.npos) return out;
    const std::size_t close = text.find('`', open + 1);
    if (close == text.npos) return out;
    out.emplace_back(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

// What the check says of one key with a value that fits no key.
std::string Check(const std::string& key, const std::string& value) {
  return Format(
      Template::Load("services: {web: {image: 'a:1', ports: ['80'], " + key + ": " + value + "}}",
                     "t")
          .diagnostics,
      "t");
}

// First cells of the rows of the tables in `text`.
std::vector<std::string> FirstCells(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("| `")) out.push_back(line.substr(2, line.find(" | ") - 2));
  return out;
}

TEST(Reference, KeysInTheTableAreKnown) {
  const auto cells = FirstCells(Between("## Keys of a service", "## Top level"));
  ASSERT_GT(cells.size(), 20u);
  for (const std::string& cell : cells)
    for (const std::string& key : Quoted(cell)) {
      if (key.find('.') != key.npos || key == "image" || key == "ports") continue;
      const std::string said = Check(key, "[[]]");
      EXPECT_THAT(said, Not(HasSubstr("unknown key"))) << key;
      EXPECT_THAT(said, Not(HasSubstr("is not supported"))) << key;
      EXPECT_THAT(said, Not(HasSubstr("has no effect"))) << key;
    }
}

TEST(Reference, KeysWithoutEffectAreNoted) {
  const auto keys = Quoted(Between("Accepted with a note, no effect:", ", and below"));
  ASSERT_GT(keys.size(), 15u);
  for (const std::string& key : keys) {
    if (key.find(':') != key.npos) continue;
    EXPECT_THAT(Check(key, "1"), HasSubstr("note: '" + key + "' has no effect")) << key;
  }
}

TEST(Reference, ExtensionsAreKnown) {
  for (const std::string& cell : FirstCells(Between("## Extensions", "## Plans and parameters"))) {
    const std::string key = Quoted(cell).front();
    const std::string text =
        key + ": [[]]\nservices: {web: {image: 'a:1', ports: ['80'], " + key + ": [[]]}}";
    const std::string said = Format(Template::Load(text, "t").diagnostics, "t");
    EXPECT_EQ(said.find("unknown key"), said.rfind("unknown key")) << key << ": known at one level";
  }
}

TEST(Reference, EveryFunctionIsDescribed) {
  const std::string section = Between("| function |", "Where Go prints");
  std::istringstream names(FunctionNames());
  for (std::string name; std::getline(names, name, ',');) {
    name.erase(0, name.find_first_not_of(' '));
    EXPECT_THAT(section, testing::AnyOf(HasSubstr("`" + name + "`"), HasSubstr("`" + name + " ")));
  }
}

}  // namespace
}  // namespace kl::tmpl
