#include "template/import/import.h"

#include <gtest/gtest.h>

#include <map>

#include "template/import/dotenv.h"
#include "template/import/looks_secret.h"

namespace kl::importer {
namespace {

class Memory : public Folder {
 public:
  std::map<std::string, std::string> files;
  SourceFile Look(const std::string& path) const override {
    auto it = files.find(path);
    if (it == files.end()) return {};
    return {SourceFile::Kind::kFile, false, false, it->second};
  }
};

Imported Made(const std::string& text, const std::string& env = "", const Memory& folder = {}) {
  auto imported = Import({text, env}, folder);
  if (imported) return *std::move(imported);
  ADD_FAILURE() << imported.error().message;
  return {};
}

bool Says(const Imported& imported, Finding::Kind kind, int line, std::string_view text) {
  return std::ranges::any_of(imported.findings, [&](const Finding& finding) {
    return finding.kind == kind && finding.line == line && finding.message.contains(text);
  });
}

constexpr auto kChange = Finding::Kind::kChange;
constexpr auto kDecision = Finding::Kind::kDecision;

TEST(ImportTest, AFileThatNeedsNothingLoadsAndAsksNothing) {
  const Imported imported = Made("services:\n  web:\n    image: nginx\n    ports: [\"80\"]\n");
  EXPECT_TRUE(imported.loads);
  EXPECT_TRUE(imported.findings.empty());
  EXPECT_TRUE(imported.text.starts_with("services:\n  web:\n    image: nginx\n"));
}

TEST(ImportTest, WhatIsNoComposeFileIsRefusedWithItsLine) {
  const Memory folder;
  for (const char* text : {"", "- a\n", "a: 1\n", "services: 5\n", "services:\n  web: 5\n", "{]"}) {
    auto imported = Import({text, {}}, folder);
    ASSERT_FALSE(imported) << text;
    EXPECT_GT(imported.error().line, 0) << text;
  }
  EXPECT_FALSE(Import({"x-kuberlogic-plans: {}\nservices: {}\n", {}}, folder));
}

TEST(ImportTest, ABuildOfANamedImageIsNoQuestion) {
  const Imported imported =
      Made("services:\n  web:\n    build: .\n    image: acme/shop:5\n    ports: [\"80\"]\n");
  EXPECT_TRUE(imported.loads);
  EXPECT_FALSE(imported.text.contains("build")) << imported.text;
  EXPECT_TRUE(Says(imported, kChange, 3, "acme/shop:5"));
  EXPECT_EQ(imported.CountOf(kDecision), 0U);
  const Imported nameless = Made("services:\n  web:\n    build: .\n    ports: [\"80\"]\n");
  EXPECT_TRUE(Says(nameless, kDecision, 3, "name it under `image`"));
}

TEST(ImportTest, SettingsOfAnAnchorReachServicesWithSettingsOfTheirOwn) {
  Memory folder;
  folder.files["app.env"] = "COLOR=red\nSIZE=5\n";
  const Imported imported = Made(
      "x-app: &app\n  image: app\n  env_file: app.env\n"
      "services:\n"
      "  web:\n    <<: *app\n    ports: [\"80\"]\n"
      "  worker:\n    <<: *app\n    environment:\n      SIZE: \"9\"\n",
      "", folder);
  ASSERT_TRUE(imported.loads) << imported.text;
  EXPECT_TRUE(
      imported.text.contains("x-app: &app\n  image: app\n  environment:\n    COLOR: \"red\""))
      << imported.text;
  EXPECT_TRUE(imported.text.contains("    environment:\n      COLOR: \"red\"\n      SIZE: \"9\""))
      << imported.text;
  EXPECT_TRUE(Says(imported, kChange, 3, "2 settings"));
}

TEST(ImportTest, FilesMountedByAnAnchorReachEveryService) {
  Memory folder;
  folder.files["./app.conf"] = "color = red\n";
  const Imported imported = Made(
      "x-app: &app\n  image: app\n  volumes:\n    - ./app.conf:/etc/app.conf:ro\n"
      "services:\n  web:\n    <<: *app\n    ports: [\"80\"]\n  worker:\n    <<: *app\n",
      "", folder);
  ASSERT_TRUE(imported.loads) << imported.text;
  const std::string_view text = imported.text;
  EXPECT_NE(text.find("/etc/app.conf: |"), text.rfind("/etc/app.conf: |")) << text;
  EXPECT_FALSE(text.contains("./app.conf:"));
}

TEST(ImportTest, AProfileRunsWhenTheEnvironmentAsksForIt) {
  const std::string text =
      "services:\n  web:\n    image: web\n    ports: [\"80\"]\n"
      "  extra:\n    image: extra\n    profiles: [more]\n";
  EXPECT_FALSE(Made(text).text.contains("extra"));
  EXPECT_TRUE(Says(Made(text), kChange, 5, "profile 'more'"));
  const Imported asked = Made(text, "COMPOSE_PROFILES=other,more\n");
  EXPECT_TRUE(asked.text.contains("image: extra"));
  EXPECT_FALSE(asked.text.contains("profiles"));
}

TEST(ImportTest, OneSecretUsedTwiceStaysOne) {
  const Imported imported = Made(
      "services:\n"
      "  web:\n    image: web\n    ports: [\"80\"]\n    environment:\n"
      "      DATABASE_URL: postgres://u:tr0ub4dor@db/x\n"
      "  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: tr0ub4dor\n");
  EXPECT_FALSE(imported.text.contains("tr0ub4dor"));
  EXPECT_TRUE(imported.text.contains("  postgres-password: "));
  EXPECT_FALSE(imported.text.contains("  database-password: "));
}

TEST(ImportTest, TheEnginesSocketIsNeverGivenAway) {
  const Imported imported = Made(
      "services:\n  web:\n    image: web\n    ports: [\"80\"]\n    volumes:\n"
      "      - /var/run/engine.sock:/var/run/engine.sock\n      - /proc:/host/proc:ro\n");
  EXPECT_FALSE(imported.loads);
  EXPECT_TRUE(Says(imported, kDecision, 6, "rules the whole machine"));
  EXPECT_TRUE(Says(imported, kDecision, 7, "belongs to the machine"));
}

TEST(ImportTest, AVariableWithoutAValueBecomesAParameterAndAQuestion) {
  const Imported imported = Made("services:\n  web:\n    image: web:${TAG}\n    ports: [\"80\"]\n");
  EXPECT_TRUE(imported.text.contains("image: \"web:{{ .Parameters.TAG }}\"")) << imported.text;
  EXPECT_TRUE(Says(imported, kDecision, 3, "TAG has no value in .env"));
}

TEST(ImportTest, TextThatWouldMeanSomethingInATemplateIsEscaped) {
  const Imported imported = Made(
      "services:\n  web:\n    image: web\n    ports: [\"80\"]\n    labels:\n"
      "      format: 'a {{ .ID }} b'\n");
  EXPECT_TRUE(imported.loads) << imported.text;
  EXPECT_TRUE(imported.text.contains(R"({{ "{{" }})")) << imported.text;
}

TEST(DotenvTest, QuotesCommentsAndExportAreUnderstood) {
  const EnvFile file = ParseEnvFile(
      "# comment\n\nA=1\nexport B = two words # and a comment\nC=\"x\\ny\"\nD='$A'\nE=\"over\n"
      "two\"\nF\n\xff=1\n");
  EXPECT_EQ(file.Find("A")->value, "1");
  EXPECT_EQ(file.Find("B")->value, "two words");
  EXPECT_EQ(file.Find("C")->value, "x\ny");
  EXPECT_TRUE(file.Find("D")->literal);
  EXPECT_EQ(file.Find("E")->value, "over\ntwo");
  EXPECT_EQ(file.unreadable, (std::vector<int>{9, 10}));
}

TEST(LooksSecretTest, TheNameDecidesAndTheFormOfSomeValues) {
  for (const char* name : {"DB_PASSWORD", "DOCS_DBPASS", "ApiKey", "SECRET_KEY_BASE", "authToken",
                           "db__connection__password", "JWT_SECRET", "APP_KEY"})
    EXPECT_TRUE(LooksSecret(name, "some-value")) << name;
  for (const char* name : {"PASSWORD_MIN_LENGTH", "PUBLIC_KEY", "KEYBOARD", "BYPASS", "SITE_KEY"})
    EXPECT_FALSE(LooksSecret(name, "some-value")) << name;
  EXPECT_FALSE(LooksSecret("ALLOW_EMPTY_PASSWORD", "yes"));
  EXPECT_FALSE(LooksSecret("DB_PASSWORD_FILE", "/run/secrets/x"));
  EXPECT_TRUE(LooksSecret("VAULT_KEY", "dsxvbn3jxDd16az2QpsX5B8O"));
  EXPECT_FALSE(LooksSecret("SORT_KEY", "created_at"));
  EXPECT_TRUE(LooksSecret("ANYTHING", "ghp_0123456789abcdef0123"));
  EXPECT_TRUE(IsForeignCredential("X", "sk_live_0123456789abcdef"));
  EXPECT_FALSE(IsForeignCredential("DB_PASSWORD", "0123456789abcdef"));
}

}  // namespace
}  // namespace kl::importer
