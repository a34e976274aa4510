#include "cli/yaml_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "resources/value_json.h"
#include "template/yaml_parser.h"

namespace kl::cli {
namespace {

std::string Yaml(const Value& value) {
  std::ostringstream out;
  WriteYaml(out, value);
  return out.str();
}

// What a reader makes of a node: quoted scalars are text, plain ones what they look like.
Value Read(const tmpl::Node& node) {
  if (node.is_sequence()) {
    ValueList list;
    for (const tmpl::Node* item : node.items) list.push_back(Read(*item));
    return list;
  }
  if (node.is_mapping()) {
    ValueMap map;
    for (const tmpl::Entry& entry : node.entries) map[entry.key] = Read(*entry.value);
    return map;
  }
  if (!node.plain) return node.scalar;
  auto scalar = ValueFromJson(node.scalar);
  return scalar ? *scalar : Value(node.scalar);
}

void ExpectReadBack(const Value& value) {
  const std::string text = Yaml(value);
  auto document = tmpl::ParseYaml(text);
  ASSERT_TRUE(document) << text << document.error().message;
  ASSERT_TRUE(document->root) << text;
  EXPECT_EQ(ToJson(Read(*document->root)), ToJson(value)) << text;
}

TEST(YamlWriter, WordsStandWithoutQuotes) {
  for (const char* text : {"Ready", "magnetic-llama", "https://magnetic-llama.example.com", "a b",
                           "jane@example.com", "/var/lib", "web:1.2", "yes sir", "nothing"}) {
    EXPECT_EQ(Yaml(text), std::string(text) + "\n");
  }
}

TEST(YamlWriter, TextThatLooksLikeSomethingElseIsQuoted) {
  for (const char* text :
       {"",     "y",    "N",     "yes",   "No",         "ON",   "off", "true", "False",
        "NULL", "null", "~",     "1",     "0x1f",       "1e3",  "-5",  "+1",   ".5",
        ".inf", ".NaN", "1_000", "12:30", "2026-11-23", "500m", " x",  "x ",   "a: b",
        "a:",   "a #b", "#a",    "- a",   "-",          "?",    "[a]", "{a}",  "*a",
        "&a",   "!a",   "|",     ">",     "%a",         "@a",   "`a",  "'a'",  "\"a\"",
        "a\"b", "a\nb", "a\tb",  "<<",    "=",          "---",  "...", "\\",   "a\\b"}) {
    const std::string yaml = Yaml(text);
    EXPECT_TRUE(yaml.starts_with('"') && yaml.ends_with("\"\n")) << yaml;
    ExpectReadBack(Value(text));
  }
}

TEST(YamlWriter, UnprintableTextIsEscapedAndReadBack) {
  for (const char* text : {"\x7f",
                           "a\xc2\x85"
                           "b",
                           "\xc2\x9f",
                           "a\xe2\x80\xa8"
                           "b",
                           "\xe2\x80\xa9",
                           "\xef\xbb\xbf"
                           "a",
                           "\x1b[31m", "Jürgen \xf0\x9f\x98\x80"}) {
    ExpectReadBack(Value(text));
    ExpectReadBack(ValueMap{{text, text}});
  }
  EXPECT_EQ(Yaml("\xc2\x9f"), "\"\\x9f\"\n");
}

TEST(YamlWriter, NumbersBooleansAndNullAreThemselves) {
  EXPECT_EQ(Yaml(ValueMap{{"b", true}, {"i", 5}, {"n", Value()}, {"t", "5"}}),
            "b: true\ni: 5\n\"n\": null\nt: \"5\"\n");
}

TEST(YamlWriter, KeysFollowTheSameRules) {
  EXPECT_EQ(Yaml(ValueMap{{"limits.cpu", 1}}), "limits.cpu: 1\n");
  ExpectReadBack(ValueMap{{"yes", 1}, {"5", 2}, {"a: b", 3}, {"", 4}});
}

TEST(YamlWriter, TreesAreIndentedByTwo) {
  const Value tree =
      ValueMap{{"conditions", ValueList{ValueMap{{"type", "Ready"}, {"status", "True"}}}},
               {"limits", ValueMap{{"cpu", "500m"}}},
               {"none", ValueList{}},
               {"nothing", ValueMap{}}};
  EXPECT_EQ(Yaml(tree),
            "conditions:\n  -\n    status: \"True\"\n    type: Ready\n"
            "limits:\n  cpu: \"500m\"\nnone: []\nnothing: {}\n");
  ExpectReadBack(tree);
  ExpectReadBack(ValueList{ValueList{1, ValueList{"a", ValueMap{}}}, ValueMap{{"x", ValueList{}}}});
}

}  // namespace
}  // namespace kl::cli
