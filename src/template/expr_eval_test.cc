#include "template/expr_eval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/expr_test_host.h"

namespace kl::tmpl {
namespace {

using testing::HasSubstr;

struct Case {
  std::string_view scalar;
  std::string_view expected;
};

class Gives : public testing::TestWithParam<Case> {};

TEST_P(Gives, Text) {
  Outcome outcome = Expand(GetParam().scalar);
  EXPECT_EQ(outcome.error, "") << GetParam().scalar;
  EXPECT_EQ(outcome.text, GetParam().expected) << GetParam().scalar;
}

INSTANTIATE_TEST_SUITE_P(
    Literals, Gives,
    testing::Values(Case{"plain", "plain"}, Case{"{{ 5 }}", "5"}, Case{"{{ -7 }}", "-7"},
                    Case{"{{ 0x10 }}", "16"}, Case{"{{ 1_000 }}", "1000"}, Case{"{{ 1.5 }}", "1.5"},
                    Case{"{{ 1e3 }}", "1000"}, Case{"{{ true }}", "true"},
                    Case{R"({{ "a\n\"\x41\u00e9" }})", "a\n\"A\u00e9"},
                    Case{"{{ `a\\n` }}", "a\\n"}, Case{"{{ 'x' }}", "120"},
                    Case{"{{ '\\n' }}", "10"}, Case{"{{\"no space\"}}", "no space"},
                    Case{"{{/* comment */}}x", "x"}, Case{"a {{- /* comment */ -}} b", "ab"}));

INSTANTIATE_TEST_SUITE_P(Trimming, Gives,
                         testing::Values(Case{"a {{- 1 -}} b", "a1b"}, Case{"a {{- 1 }} b", "a1 b"},
                                         Case{"a\n\t{{ 1 -}}\n b", "a\n\t1b"},
                                         Case{"{{ 3 -}} ", "3"}, Case{"a {{-1}}", "a -1"},
                                         Case{" {{- 1 -}} {{- 2 -}} ", "12"}));

INSTANTIATE_TEST_SUITE_P(
    Data, Gives,
    testing::Values(Case{"{{ .Name }}", "llama"}, Case{"{{ $.Name }}", "llama"},
                    Case{"{{ .Parameters.map.a }}", "1"},
                    Case{"{{ (index .Parameters \"map\").b }}", "2"},
                    Case{"{{ .Parameters.list }}", R"([1,"two",3])"},
                    Case{"{{ .Parameters.map }}", R"({"a":1,"b":2})"},
                    Case{"{{ or .Version \"latest\" }}", "latest"},
                    Case{"{{ .Endpoint }}", "https://h.example.com"},
                    Case{"{{ \"d\" | Endpoint }}", "https://h.example.com"},
                    Case{"{{ with .Name }}{{ $.Endpoint }}{{ end }}", "https://h.example.com"}));

INSTANTIATE_TEST_SUITE_P(
    Logic, Gives,
    testing::Values(
        Case{"{{ and 1 0 2 }}", "0"}, Case{"{{ and 1 2 }}", "2"}, Case{"{{ or 0 \"\" }}", ""},
        Case{"{{ or 0 7 (index .Parameters.list 9) }}", "7"},
        Case{"{{ and 0 (index .Parameters.list 9) }}", "0"}, Case{"{{ not 0 }}", "true"},
        Case{"{{ eq 1 2 1 }}", "true"}, Case{"{{ eq \"a\" \"b\" }}", "false"},
        Case{"{{ ne 1 1.0 }}", "false"}, Case{"{{ lt 1 1.5 }}", "true"},
        Case{"{{ le 2 2 }}", "true"}, Case{"{{ gt \"b\" \"a\" }}", "true"},
        Case{"{{ ge 1 2 }}", "false"}, Case{"{{ eq .Parameters.none nil }}", "true"},
        Case{"{{ eq .Parameters.none 1 }}", "false"}, Case{"{{ .Parameters.on | not }}", "false"},
        Case{"{{ default \"d\" .Parameters.text }}", "hello"},
        Case{"{{ default .Parameters.text \"d\" }}", "hello"},
        Case{"{{ default .Parameters.empty \"d\" }}", "d"},
        Case{"{{ .Parameters.empty | default \"d\" }}", "d"}, Case{"{{ default 1 2 }}", "2"}));

INSTANTIATE_TEST_SUITE_P(
    Blocks, Gives,
    testing::Values(
        Case{"{{ if .Parameters.on }}a{{ else }}b{{ end }}", "a"},
        Case{"{{ if .Parameters.off }}a{{ else if .Parameters.on }}b{{ else }}c{{ end }}", "b"},
        Case{"{{ if 0 }}a{{ end }}", ""},
        Case{"{{ with .Parameters.map }}{{ .a }}{{ .b }}{{ end }}", "12"},
        Case{"{{ with .Parameters.none }}a{{ else }}b{{ end }}", "b"},
        Case{"{{ with .Parameters.none }}a{{ else with .Name }}{{ . }}{{ end }}", "llama"},
        Case{"{{ with $x := .Name }}{{ $x }}{{ . }}{{ end }}", "llamallama"},
        Case{"{{ range .Parameters.list }}[{{ . }}]{{ end }}", "[1][two][3]"},
        Case{"{{ range $i, $v := .Parameters.list }}{{ $i }}={{ $v }} {{ end }}", "0=1 1=two 2=3 "},
        Case{"{{ range $k, $v := .Parameters.map }}{{ $k }}{{ $v }}{{ end }}", "a1b2"},
        Case{"{{ range $v := .Parameters.map }}{{ $v }}{{ end }}", "12"},
        Case{"{{ range .Parameters.none }}x{{ else }}none{{ end }}", "none"},
        Case{"{{ range .Parameters.list }}{{ if eq (print .) \"two\" }}{{ break }}{{ end }}{{ . "
             "}}{{ end }}",
             "1"},
        Case{"{{ range .Parameters.list }}{{ . }}{{ break }}{{ end }}", "1"},
        Case{"{{ range .Parameters.map }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}",
             "2"},
        Case{"{{ range .Parameters.list }}{{ range $.Parameters.map }}{{ . }}{{ break }}{{ end "
             "}}{{ end }}",
             "111"}));

INSTANTIATE_TEST_SUITE_P(
    Variables, Gives,
    testing::Values(Case{"{{ $x := 1 }}{{ $x }}", "1"},
                    Case{"{{ $x := 1 }}{{ $x = 2 }}{{ $x }}", "2"},
                    Case{"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"},
                    Case{"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"},
                    Case{"{{ $m := .Parameters.map }}{{ $m.b }}", "2"},
                    Case{"{{ if $x := .Name }}{{ $x }}{{ end }}", "llama"}));

INSTANTIATE_TEST_SUITE_P(
    Functions, Gives,
    testing::Values(
        Case{"{{ len .Name }}", "5"}, Case{"{{ .Name | len | printf \"%03d\" }}", "005"},
        Case{"{{ index .Parameters.list 1 }}", "two"},
        Case{"{{ index .Parameters \"map\" \"b\" }}", "2"}, Case{"{{ slice .Name 1 3 }}", "la"},
        Case{"{{ slice .Parameters.list 1 }}", R"(["two",3])"}, Case{"{{ print 1 2 }}", "1 2"},
        Case{"{{ print \"a\" 1 \"b\" }}", "a1b"}, Case{"{{ println \"a\" 1 }}", "a 1\n"},
        Case{"{{ Base64 \"hi\" }}", "aGk="}, Case{"{{ urlquery \"a b/\u00e9\" }}", "a+b%2F%C3%A9"},
        Case{"{{ Secret \"known\" }}", "s3cret"}, Case{"{{ (len \"ab\") }}", "2"},
        Case{"{{ printf \"%s-%d\" (slice .Name 0 1) (len .Name) }}", "l-5"}));

INSTANTIATE_TEST_SUITE_P(
    Interpolation, Gives,
    testing::Values(Case{"$n", "5"}, Case{"${n}", "5"}, Case{"a${n}b", "a5b"}, Case{"$$", "$"},
                    Case{"$$n $${n}", "$n ${n}"}, Case{"${none:-d}", "d"}, Case{"${none-d}", "d"},
                    Case{"${empty:-d}", "d"}, Case{"${empty-d}", ""}, Case{"${none:-}", ""},
                    Case{"${text:+yes}", "yes"}, Case{"${none:+yes}", ""},
                    Case{"${empty+yes}", "yes"}, Case{"${empty:+yes}", ""},
                    Case{"${none:-${text}}", "hello"}, Case{"${none:-a$$b}", "a$b"},
                    Case{"${text?must}", "hello"}, Case{"{{ print \"$n\" \"$$\" }}", "$n$$"},
                    Case{"x } y", "x } y"}, Case{"${n}{{ .Name }}${n}", "5llama5"}));

struct Failure {
  std::string_view scalar;
  std::string_view message;
  std::size_t offset;
};

class Fails : public testing::TestWithParam<Failure> {};

TEST_P(Fails, WithItsPlace) {
  Outcome outcome = Expand(GetParam().scalar);
  EXPECT_THAT(outcome.error, HasSubstr(GetParam().message)) << GetParam().scalar << outcome.text;
  EXPECT_EQ(outcome.offset, GetParam().offset) << GetParam().scalar << ": " << outcome.error;
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, Fails,
    testing::Values(
        Failure{"ab {{ .Name", "unclosed expression", 11}, Failure{"{{ }}", "empty expression", 0},
        Failure{"{{ nope }}", "unknown function 'nope'", 3},
        Failure{"{{ .nope }}", "unknown field .nope", 3},
        Failure{"{{ $x }}", "undefined variable $x", 3},
        Failure{"{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}", "undefined variable", 35},
        Failure{"{{ $x := $x }}", "undefined variable", 9},
        Failure{"{{ $x = 1 }}", "undefined variable", 3},
        Failure{"a{{ if 1 }}b", "without {{ end }}", 1},
        Failure{"a{{ end }}", "without a beginning", 1},
        Failure{"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "second {{ else }}", 0},
        Failure{"{{ if 1 }}{{ end now }}", "unexpected 'now'", 17},
        Failure{"{{ if }}{{ end }}", "a value is missing", 6},
        Failure{"{{ 1 | }}", "a value is missing", 7},
        Failure{"{{ | 1 }}", "a value is missing", 3}, Failure{"{{ (1 }}", "unclosed '('", 3},
        Failure{"{{ 1) }}", "unexpected", 4}, Failure{"{{ \"a }}", "unterminated string", 3},
        Failure{"{{ `a }}", "unterminated", 3}, Failure{"{{ '' }}", "one character", 3},
        Failure{"{{ 1x }}", "not a number", 3}, Failure{"{{ a.b }}", "unknown function 'a'", 3},
        Failure{"{{ . % 2 }}", "unexpected character", 5},
        Failure{"{{ len }}", "wrong number of arguments for len: 0", 3},
        Failure{"{{ len 1 2 }}", "wrong number", 3}, Failure{"{{ 1 2 }}", "not a function", 3},
        Failure{"{{ 1 | 2 }}", "not a function", 7},
        Failure{"{{ len\"a\" }}", "a space is missing", 6},
        Failure{"{{ break }}", "outside of {{ range }}", 0},
        Failure{"{{ template \"x\" }}", "not supported", 0},
        Failure{"{{ len if }}", "must stand first", 7},
        Failure{"{{/* open }}", "unclosed comment", 0}, Failure{"{{/* a */ b }}", "must fill", 0},
        Failure{"{{ $a, $b := 1 }}", "two variables", 3}, Failure{"a $ b", "a lone '$'", 2},
        Failure{"$5", "a lone '$'", 0}, Failure{"${n", "not a variable", 0},
        Failure{"${n:-x", "unclosed '${'", 0}, Failure{"${n:-{{ .Name }}}", "unclosed '${'", 0},
        Failure{"${n:=x}", "not a variable", 0}, Failure{"${}", "a lone '$'", 0}));

INSTANTIATE_TEST_SUITE_P(
    Values, Fails,
    testing::Values(Failure{"{{ .Parameters.none }}", "no value", 0},
                    Failure{"ab ${none}", "no value for ${none}", 3},
                    Failure{"${none?must}", "no value for ${none}", 0},
                    Failure{"{{ .Name.x }}", "no field .x", 3},
                    Failure{"{{ range .Name }}{{ end }}", "range takes a list", 0},
                    Failure{"{{ len 5 }}", "len: takes a string", 3},
                    Failure{"{{ index .Parameters.list 3 }}", "out of range", 3},
                    Failure{"{{ index .Parameters.list -1 }}", "out of range", 3},
                    Failure{"{{ index .Parameters.map 1 }}", "takes a string", 3},
                    Failure{"{{ slice .Name 3 2 }}", "slice:", 3},
                    Failure{"{{ slice .Name 0 9 }}", "slice:", 3},
                    Failure{"{{ eq 1 \"1\" }}", "different types", 3},
                    Failure{"{{ lt true 1 }}", "lt:", 3},
                    Failure{"{{ Secret \"unknown\" }}", "not defined", 3},
                    Failure{"{{ Secret 5 }}", "takes the name", 3},
                    Failure{"{{ GenerateKey 0 }}", "from 1 to", 3},
                    Failure{"{{ GenerateKey \"5\" }}", "whole number", 3},
                    Failure{"{{ GenerateRSA 64 }}", "from 1024", 3},
                    Failure{"{{ printf 5 }}", "format string", 3},
                    Failure{"{{ printf \"%d\" \"x\" }}", "does not fit", 3},
                    Failure{"{{ with .Name }}{{ .Endpoint }}{{ end }}", "no field .Endpoint", 19}));

// ---- values that are kept ----

TEST(ExprEval, AFunctionAsAnArgumentNeedsItsOwnArguments) {
  for (const char* text :
       {"{{ print 1 len 2 }}", "{{ and Base64 }}", "{{ print PersistentSecret }}"})
    EXPECT_TRUE(Expand(text).error.contains("takes arguments: write both in parentheses")) << text;
  EXPECT_EQ(Expand("{{ print (len \"ab\") println }}").error, "");
}

TEST(ExprEval, AGeneratedValueIsKeptUnderItsPlace) {
  TestHost host;
  EXPECT_EQ(Expand("{{ GenerateKey 3 }}", host).text, "aaa");
  EXPECT_EQ(Expand("{{ GenerateKey 3 }}", host).text, "aaa");
  EXPECT_EQ(host.keys, 1);
  EXPECT_EQ(host.kept.at("place"), "aaa");
}

TEST(ExprEval, TwoGeneratedValuesOfOneScalarAreKeptApart) {
  TestHost host;
  EXPECT_EQ(Expand("{{ GenerateKey 2 }}{{ GenerateKey 2 }}", host).text, "aabb");
  EXPECT_EQ(Expand("{{ GenerateKey 2 }}{{ GenerateKey 2 }}", host).text, "aabb");
  EXPECT_EQ(host.kept.at("place#2"), "bb");
}

TEST(ExprEval, PersistentSecretComputesOnlyOnce) {
  TestHost host;
  EXPECT_EQ(Expand("{{ GenerateKey 2 | Base64 | PersistentSecret \"id\" }}", host).text, "YWE=");
  EXPECT_EQ(Expand("{{ GenerateKey 2 | Base64 | PersistentSecret \"id\" }}", host).text, "YWE=");
  EXPECT_EQ(host.keys, 1);
  EXPECT_EQ(host.kept.size(), 1u) << "the inner key is not kept a second time";
}

TEST(ExprEval, WhatFollowsPersistentSecretIsComputedEveryTime) {
  TestHost host;
  EXPECT_EQ(Expand("{{ GenerateKey 2 | PersistentSecret | printf \"<%s>\" }}", host).text, "<aa>");
  EXPECT_EQ(host.kept.at("place"), "aa");
  EXPECT_EQ(Expand("{{ GenerateKey 2 | PersistentSecret | printf \"<%s>\" }}", host).text, "<aa>");
}

TEST(ExprEval, WithoutAHostTheDefaultStandsInItsPlace) {
  TestHost host;
  host.host = "";
  EXPECT_EQ(Expand("{{ Endpoint \"localhost:3000\" }}", host).text, "https://localhost:3000");
  EXPECT_EQ(Expand("{{ .Endpoint \"a\" }}{{ \"b\" | .Endpoint }}", host).text,
            "https://ahttps://b");
}

// ---- bounds ----

TEST(ExprEval, BoundsTheWorkOfLoops) {
  ValueList list(1000, Value("x"));
  const Value data(ValueMap{{"Parameters", ValueMap{{"l", list}}}});
  TestHost host;
  Budget budget;
  auto text = Compile(
      "{{ range .Parameters.l }}{{ range $.Parameters.l }}{{ range $.Parameters.l }}x{{ end }}{{ "
      "end "
      "}}{{ end }}");
  ASSERT_TRUE(text);
  auto out = Evaluate(*text, {data, host, budget});
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().message, HasSubstr("too much work"));
}

TEST(ExprEval, BoundsGrowingText) {
  ValueList list(100, Value("x"));
  const Value data(ValueMap{{"Parameters", ValueMap{{"l", list}}}});
  TestHost host;
  Budget budget;
  auto text = Compile(
      "{{ $x := \"0123456789\" }}{{ range .Parameters.l }}{{ $x = print $x $x }}{{ end }}{{ $x }}");
  ASSERT_TRUE(text);
  EXPECT_FALSE(Evaluate(*text, {data, host, budget}));
}

TEST(ExprEval, BoundsNesting) {
  std::string blocks, parens = "{{ ";
  for (int i = 0; i < 1000; ++i) blocks += "{{ if 1 }}";
  for (int i = 0; i < 1000; ++i) parens += "(";
  EXPECT_THAT(Expand(blocks).error, HasSubstr("nested too deeply"));
  EXPECT_THAT(Expand(parens + " }}").error, HasSubstr("nested too deeply"));
  std::string chain = "{{ if 0 }}";
  for (int i = 0; i < 1000; ++i) chain += "{{ else if 0 }}";
  EXPECT_THAT(Expand(chain + "{{ end }}").error, HasSubstr("nested too deeply"));
  std::string variables;
  for (int i = 0; i < 1000; ++i) variables += "${a:-";
  EXPECT_THAT(Expand(variables).error, HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace kl::tmpl
