// Templates nobody means well with: damaged at random, or built to exhaust.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "template/dump.h"
#include "template/template.h"

namespace kl::tmpl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// What a fuzzer would call: anything goes in, and whatever is accepted renders.
void LoadAndRender(std::string_view text) {
  auto loaded = Template::Load(text, "hostile");
  Format(loaded.diagnostics, "hostile.yaml");
  if (!loaded.value) return;
  auto plans = loaded.value->info().plans;
  if (plans.empty()) plans[""];
  SeededRandom random(1);
  for (const auto& [id, plan] : plans) {
    RenderInput input;
    input.plan = id;
    input.limits = plan.limits;
    input.version = plan.version;
    input.parameters = plan.parameters;
    auto rendered = loaded.value->Render(input, {}, random);
    if (rendered) Dump(*rendered, false);
  }
}

std::vector<std::string> Corpus() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("tests/golden/template")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    out.push_back(text.str());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Damage(std::string& text, Random& random) {
  constexpr std::string_view kPieces[] = {
      "{{",          "}}",     "${",  "}",   "$",
      ":",           "\n",     "  ",  "- ",  "&a ",
      "*a",          "<<: ",   "'",   "\"",  "|",
      "(",           ")",      "[",   "]",   "{",
      "\xff",        "range ", "end", "-}}", "99999999999999999999",
      "GenerateKey "};
  const std::size_t at = random.Below(text.size() + 1);
  switch (random.Below(4)) {
    case 0: text.insert(at, kPieces[random.Below(std::size(kPieces))]); break;
    case 1: text.erase(at, random.Below(8)); break;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(random.Below(256));
      break;
    default: text.insert(at, text.substr(random.Below(text.size() + 1), random.Below(40))); break;
  }
}

TEST(Hostile, DamagedTemplatesAreRefusedOrRender) {
  constexpr int kRounds = 60;
  SeededRandom random(20);
  for (const std::string& original : Corpus()) {
    for (int round = 0; round < kRounds; ++round) {
      std::string text = original;
      for (std::uint64_t i = 0; i <= random.Below(4); ++i) Damage(text, random);
      LoadAndRender(text);
    }
  }
}

TEST(Hostile, TruncatedTemplatesAreRefusedOrRender) {
  for (const std::string& original : Corpus())
    for (std::size_t size = 0; size < original.size(); size += 23)
      LoadAndRender(std::string_view(original).substr(0, size));
}

TEST(Hostile, RandomBytesAreRefused) {
  SeededRandom random(3);
  for (int i = 0; i < 200; ++i) {
    std::string text(random.Below(300), '\0');
    random.Fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    EXPECT_FALSE(Template::Load(text, "hostile").value);
  }
}

std::string Refusal(const std::string& text) {
  auto loaded = Template::Load(text, "hostile");
  EXPECT_FALSE(loaded.value);
  return Format(loaded.diagnostics, "t");
}

TEST(Hostile, AChainOfSecretsIsBounded) {
  // The first one needs all the others.
  std::string text = "x-kuberlogic-secrets:\n";
  for (int i = 200; i > 0; --i)
    text += "  s" + std::to_string(i) + ": '{{ Secret \"s" + std::to_string(i - 1) + "\" }}'\n";
  text += "  s0: '{{ GenerateKey 5 }}'\n";
  EXPECT_THAT(Refusal(text + "services: {web: {image: 'a:1', ports: ['80']}}\n"),
              HasSubstr("secrets nested too deeply"));
}

TEST(Hostile, ManyUnknownKeysEndSoon) {
  std::string text = "services:\n  web:\n    image: a:1\n";
  for (int i = 0; i < 40'000; ++i) text += "    k" + std::to_string(i) + ": 1\n";
  auto loaded = Template::Load(text, "hostile");
  EXPECT_FALSE(loaded.value);
  EXPECT_LE(loaded.diagnostics.size(), 600u);
}

TEST(Hostile, ManyPlansAreRefused) {
  std::string text = "services: {web: {image: 'a:1', ports: ['80']}}\nx-kuberlogic-plans:\n";
  for (int i = 0; i < 300; ++i) text += "  p" + std::to_string(i) + ": {}\n";
  EXPECT_THAT(Refusal(text), HasSubstr("too many entries"));
}

TEST(Hostile, ManyReferencesToUndeclaredParametersEndSoon) {
  std::string text = "services:\n  web:\n    image: a:1\n    ports: ['80']\n    environment:\n";
  for (int i = 0; i < 15'000; ++i)
    text += "      k" + std::to_string(i) + ": '${x" + std::to_string(i) + "}'\n";
  EXPECT_THAT(Refusal(text), HasSubstr("error"));
}

TEST(Hostile, ExtremeBoundsOfAParameterAreRefused) {
  for (const char* bounds : {"min: 1e300", "max: -1e300", "min: 1e18, max: 2e18"})
    for (const char* type : {"integer", "quantity", "number"})
      LoadAndRender("x-kuberlogic-parameters: {p: {type: " + std::string(type) + ", " + bounds +
                    "}}\nservices: {web: {image: 'a:1', ports: ['80']}}\n");
}

}  // namespace
}  // namespace kl::tmpl
