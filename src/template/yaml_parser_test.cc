#include "template/yaml_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kl::tmpl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Keys(const Node& mapping) {
  std::vector<std::string> out;
  for (const Entry& entry : mapping.entries) out.push_back(entry.key);
  return out;
}

Diagnostic Refusal(std::string_view text) {
  auto document = ParseYaml(text);
  if (!document) return document.error();
  ADD_FAILURE() << "accepted: " << text.substr(0, 200);
  return {};
}

TEST(YamlParser, KeepsOrderPlacesAndTexts) {
  auto document = ParseYaml("b: 1\na:\n  - x\n  - 'y z'\n");
  ASSERT_TRUE(document);
  const Node& root = *document->root;
  EXPECT_THAT(Keys(root), ElementsAre("b", "a"));
  EXPECT_EQ(root.entries[1].mark.line, 2);
  EXPECT_EQ(root.entries[1].mark.column, 1);
  const Node& list = *root.Find("a");
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[1]->scalar, "y z");
  EXPECT_EQ(list.items[1]->begin.line, 4);
  EXPECT_EQ(list.items[1]->begin.column, 5);
  EXPECT_TRUE(root.Find("b")->plain);
  EXPECT_FALSE(list.items[1]->plain);
}

TEST(YamlParser, KnowsNullFromEmptyText) {
  auto document = ParseYaml("a:\nb: ''\nc: ~\nd: null\ne: \"null\"\n");
  ASSERT_TRUE(document);
  const Node& root = *document->root;
  EXPECT_TRUE(root.Find("a")->is_null());
  EXPECT_FALSE(root.Find("b")->is_null());
  EXPECT_TRUE(root.Find("c")->is_null());
  EXPECT_TRUE(root.Find("d")->is_null());
  EXPECT_FALSE(root.Find("e")->is_null());
}

TEST(YamlParser, AnAliasIsTheSameNode) {
  auto document = ParseYaml("a: &x [1, 2]\nb: *x\n");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root->Find("a"), document->root->Find("b"));
  EXPECT_EQ(document->root->weight, 7u);
}

TEST(YamlParser, ExplicitKeysWinOverMergedOnes) {
  auto document = ParseYaml("a: &x {k: 1, l: 2}\nb: {l: 3, <<: *x, m: 4}\n");
  ASSERT_TRUE(document);
  const Node& b = *document->root->Find("b");
  EXPECT_EQ(b.Find("k")->scalar, "1");
  EXPECT_EQ(b.Find("l")->scalar, "3");
  EXPECT_EQ(b.Find("m")->scalar, "4");
  EXPECT_EQ(b.entries.size(), 3u);
}

TEST(YamlParser, EarlierMergedMappingsWin) {
  auto document = ParseYaml("a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}\n");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root->Find("c")->Find("k")->scalar, "1");
  EXPECT_EQ(document->root->Find("c")->Find("l")->scalar, "3");
}

TEST(YamlParser, AQuotedMergeKeyIsAnOrdinaryKey) {
  auto document = ParseYaml("a: {'<<': 1}\n");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root->Find("a")->Find("<<")->scalar, "1");
}

TEST(YamlParser, RefusesDuplicateKeysWithTheirPlace) {
  Diagnostic refusal = Refusal("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(refusal.line, 3);
  EXPECT_THAT(refusal.message, HasSubstr("duplicate key 'a'"));
}

TEST(YamlParser, RefusesWhatCannotBeAKey) {
  EXPECT_THAT(Refusal("[a, b]: c\n").message, HasSubstr("key"));
  EXPECT_THAT(Refusal("\"{{ .Name }}\": c\n").message, HasSubstr("an expression cannot be a key"));
}

TEST(YamlParser, SaysQuoteItForUnquotedExpressions) {
  for (std::string_view text :
       {"a: {{ .Name }}\n", "a:\n  - {{ .Name }}\n", "a: {{ Endpoint \"x:1\" }}/path\n",
        "a: {{ if .X }}1{{ end }}\n", "{{ .Name }}\n"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(Refusal(text).message, HasSubstr("must be quoted"));
  }
}

TEST(YamlParser, RefusesASecondDocumentAndAnEmptyOne) {
  EXPECT_EQ(Refusal("a: 1\n---\nb: 2\n").line, 2);
  EXPECT_THAT(Refusal("").message, HasSubstr("empty"));
  EXPECT_THAT(Refusal("# only a comment\n").message, HasSubstr("empty"));
}

TEST(YamlParser, RefusesForeignTags) {
  EXPECT_THAT(Refusal("a: !reset null\n").message, HasSubstr("!reset"));
  EXPECT_THAT(Refusal("a: !!binary aGk=\n").message, HasSubstr("binary"));
  EXPECT_TRUE(ParseYaml("a: !!str 5\n"));
}

TEST(YamlParser, RefusesNulAndBrokenText) {
  EXPECT_THAT(Refusal(std::string_view("a: \0b", 5)).message, HasSubstr("NUL"));
  EXPECT_THAT(Refusal("a: \xff\xfe\n").message, HasSubstr("not YAML"));
  EXPECT_EQ(Refusal("a: 'open\n").line, 2);
}

TEST(YamlParser, BoundsTheSizeOfTheFile) {
  std::string text = "a: " + std::string(kTextBytesMax, 'x');
  EXPECT_THAT(Refusal(text).message, HasSubstr("too large"));
}

TEST(YamlParser, BoundsTheDepth) {
  std::string text(10'000, '[');
  EXPECT_THAT(Refusal(text).message, HasSubstr("nested too deeply"));
  std::string fits = std::string(40, '[') + std::string(40, ']');
  EXPECT_TRUE(ParseYaml(fits));
}

TEST(YamlParser, BoundsTheDepthThroughAliases) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i)
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  EXPECT_THAT(Refusal(text).message, HasSubstr("nested too deeply"));
}

TEST(YamlParser, BoundsTheNumberOfValues) {
  std::string text = "a: [";
  for (std::size_t i = 0; i < kNodesMax; ++i) text += "1,";
  EXPECT_THAT(Refusal(text + "]").message, HasSubstr("too many values"));
}

TEST(YamlParser, BoundsWhatAliasesExpandTo) {
  std::string text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 9; ++i) {
    std::string previous = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j ? ", " : "") + previous;
    text += "]\n";
  }
  EXPECT_THAT(Refusal(text).message, HasSubstr("alias"));
}

TEST(YamlParser, AnAnchorIsNotKnownInsideItself) {
  EXPECT_THAT(Refusal("a: &x [*x]\n").message, HasSubstr("no anchor"));
}

}  // namespace
}  // namespace kl::tmpl
