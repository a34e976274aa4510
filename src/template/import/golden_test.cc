// tests/golden/import/NAME/source is an ordinary Compose file with its `.env` and what it mounts.
// template.yaml and report.txt are what an import makes and says of it; KL_BLESS=1 writes them
// anew. decide.txt is what a person then decides, as replacements of text that occurs once:
//
//   <<<
//   old lines
//   ===
//   new lines
//   >>>
//
// With them the template has no problem left and renders.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "template/import/dotenv.h"
#include "template/import/import.h"
#include "template/import/looks_secret.h"

namespace kl::importer {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

fs::path ComposeFile(const fs::path& folder) {
  for (const char* name : {"docker-compose.yml", "docker-compose.yaml", "compose.yml"})
    if (fs::exists(folder / "source" / name)) return folder / "source" / name;
  return {};
}

ImportInput InputOf(const fs::path& folder) {
  return {ReadFile(ComposeFile(folder)), ReadFile(folder / "source/.env")};
}

Imported ImportFolder(const fs::path& folder) {
  const auto disk = DiskFolder(folder / "source");
  auto imported = Import(InputOf(folder), *disk);
  if (imported) return *std::move(imported);
  ADD_FAILURE() << folder << ": " << imported.error().message;
  return {};
}

// Reports a replacement whose text is not there exactly once.
std::string Decided(std::string text, const fs::path& decisions) {
  std::istringstream lines(ReadFile(decisions));
  std::string before, after, *part = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line == "<<<") {
      before.clear();
      part = &before;
    } else if (line == "===") {
      after.clear();
      part = &after;
    } else if (line == ">>>") {
      const std::size_t at = text.find(before);
      if (at == text.npos || text.find(before, at + 1) != text.npos)
        ADD_FAILURE() << decisions << ": not there exactly once:\n" << before;
      else
        text.replace(at, before.size(), after);
      part = nullptr;
    } else if (part) {
      *part += line + "\n";
    }
  }
  return text;
}

std::vector<fs::path> Folders() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator("tests/golden/import"))
    out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

class ImportGolden : public testing::TestWithParam<fs::path> {};

TEST_P(ImportGolden, IsAsExpected) {
  const Imported imported = ImportFolder(GetParam());
  const std::string report =
      Report(imported, {ComposeFile(GetParam()).filename().string(), "app.yaml"});
  if (std::getenv("KL_BLESS")) {
    std::ofstream(GetParam() / "template.yaml") << imported.text;
    std::ofstream(GetParam() / "report.txt") << report;
  }
  EXPECT_EQ(imported.text, ReadFile(GetParam() / "template.yaml")) << "KL_BLESS=1 accepts this";
  EXPECT_EQ(report, ReadFile(GetParam() / "report.txt")) << "KL_BLESS=1 accepts this";
}

TEST_P(ImportGolden, PassesOnceItsQuestionsAreAnswered) {
  const Imported imported = ImportFolder(GetParam());
  const std::string text = Decided(imported.text, GetParam() / "decide.txt");
  const auto loaded = tmpl::Template::Load(text, "decided");
  ASSERT_NE(loaded.value, nullptr) << tmpl::Format(loaded.diagnostics, "decided") << text;
  for (const auto& [id, plan] : loaded.value->info().plans) {
    tmpl::RenderInput input;
    input.name = ServiceName("magnetic-llama");
    input.uid = ServiceUid("0123456789abcdef0123456789abcdef");
    input.host = "magnetic-llama.apps.example.com";
    input.plan = id;
    input.limits = plan.limits;
    input.parameters = plan.parameters;
    SeededRandom random(1);
    const auto rendered = loaded.value->Render(input, {}, random);
    EXPECT_TRUE(rendered) << id << ": " << rendered.error().message;
  }
}

// A file that needs no decision must load as it is, and one that does not load must ask something.
TEST_P(ImportGolden, AsksExactlyWhenSomethingIsLeft) {
  const Imported imported = ImportFolder(GetParam());
  EXPECT_TRUE(imported.loads || imported.CountOf(Finding::Kind::kDecision) > 0);
  EXPECT_EQ(ReadFile(GetParam() / "decide.txt").empty(),
            imported.CountOf(Finding::Kind::kDecision) == 0);
}

TEST_P(ImportGolden, CarriesNoSecretOfTheSource) {
  const Imported imported = ImportFolder(GetParam());
  const std::string report = Report(imported, {"docker-compose.yml", "app.yaml"});
  for (const auto& entry : fs::recursive_directory_iterator(GetParam() / "source")) {
    if (entry.path().extension() != ".env" && entry.path().filename() != ".env") continue;
    for (const Variable& variable : ParseEnvFile(ReadFile(entry.path())).variables) {
      if (!LooksSecret(variable.name, variable.value) || IsCommonWord(variable.value)) continue;
      EXPECT_FALSE(imported.text.contains(variable.value)) << variable.name;
      EXPECT_FALSE(report.contains(variable.value)) << variable.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compose, ImportGolden, testing::ValuesIn(Folders()),
                         [](const auto& info) { return info.param.filename().string(); });

}  // namespace
}  // namespace kl::importer
