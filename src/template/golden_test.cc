// tests/golden/template/NAME.yaml with NAME.expected: what a template renders to, once per plan.
// NAME.broken.yaml with NAME.broken.expected: what is wrong with it. KL_BLESS=1 writes them anew.
//
// tests/golden/apps/NAME.yaml is in the manner of a well-known self-hosted application; NAME.change
// breaks it, by replacements of text that occurs once ("<<<", old lines, "===", new lines, ">>>").
// NAME.expected is what it renders to, and what is said of it once broken.
//
// A line "#! KEY=VALUE" at the start of a template changes the instance: host, port, insecure,
// version, uid, or parameter.NAME.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "template/dump.h"
#include "template/template.h"

namespace kl::tmpl {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

void ApplyDirective(std::string_view line, RenderInput& input) {
  const std::size_t equals = line.find('=');
  ASSERT_NE(equals, line.npos) << line;
  const std::string key(line.substr(0, equals)), value(line.substr(equals + 1));
  if (key == "host")
    input.host = value;
  else if (key == "port")
    input.port = static_cast<std::uint16_t>(std::stoi(value));
  else if (key == "insecure")
    input.insecure = value == "true";
  else if (key == "version")
    input.version = value;
  else if (key.starts_with("parameter."))
    input.parameters[key.substr(10)] = value;
  else
    FAIL() << "unknown directive " << key;
}

RenderInput MakeInput(const std::string& id, const Plan& plan, const std::string& text) {
  RenderInput input;
  input.name = ServiceName("magnetic-llama");
  input.uid = ServiceUid("0123456789abcdef0123456789abcdef");
  input.subscription = "provider/site/sub-1";
  input.host = "magnetic-llama.apps.example.com";
  input.plan = id;
  input.customer_email = "jane@example.com";
  input.customer_name = "Jane Doe";
  input.limits = plan.limits;
  input.version = plan.version;
  input.parameters = plan.parameters;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with("#! ");)
    ApplyDirective(std::string_view(line).substr(3), input);
  return input;
}

// A private key's length in PEM depends on its numbers.
std::string Size(const std::string& secret) {
  if (secret.contains("PRIVATE KEY-----")) return "a private key";
  return std::to_string(secret.size()) + " bytes";
}

std::string DescribeRender(const Template& loaded, const std::string& id,
                           const RenderInput& input) {
  std::string out = "--- " + (id.empty() ? "no plan" : "plan " + id) + "\n";
  SeededRandom random(1);
  auto rendered = loaded.Render(input, {}, random);
  if (!rendered) return out + "error: " + rendered.error().message + "\n";
  out += Dump(*rendered, false);
  if (!rendered->secrets.empty()) out += "secrets:\n";
  for (const auto& [name, secret] : rendered->secrets)
    out += "  " + name + ": " + Size(secret.Reveal()) + "\n";
  auto again = loaded.Render(input, rendered->secrets, random);
  if (!again || again->generated || Dump(again->spec, true) != Dump(rendered->spec, true))
    out += "A SECOND RENDER DIFFERS\n";
  auto welcome = loaded.Welcome(input, rendered->secrets);
  if (!welcome) return out + "welcome: error: " + welcome.error().message + "\n";
  if (!welcome->empty()) out += "welcome: " + std::to_string(welcome->size()) + " bytes\n";
  return out;
}

std::string Describe(const fs::path& path) {
  const std::string text = ReadFile(path);
  auto loaded = Template::Load(text, "golden");
  std::string out = Format(loaded.diagnostics, path.filename().string());
  if (!loaded.value) return out;
  auto plans = loaded.value->info().plans;
  if (plans.empty()) plans[""];
  for (const auto& [id, plan] : plans)
    out += DescribeRender(*loaded.value, id, MakeInput(id, plan, text));
  for (const CredentialsCommand& command : loaded.value->CredentialsCommands()) {
    out += "--- set credentials in " + command.member + "\n";
    for (const std::string& argument : command.arguments) out += argument + "\n";
  }
  return out;
}

// Errors only: the notes are those of the whole file.
std::string DescribeErrors(const std::string& text, const fs::path& path) {
  auto diagnostics = Template::Load(text, "golden").diagnostics;
  std::erase_if(diagnostics, [](const auto& each) { return each.severity != Severity::kError; });
  return Format(diagnostics, path.filename().string());
}

// Reports a replacement whose text is not there exactly once.
std::string Changed(std::string text, const fs::path& changes) {
  std::istringstream lines(ReadFile(changes));
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
        ADD_FAILURE() << changes << ": not there exactly once:\n" << before;
      else
        text.replace(at, before.size(), after);
    } else if (part) {
      *part += line + "\n";
    }
  }
  return text;
}

std::vector<fs::path> Goldens(const char* folder = "tests/golden/template") {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, IsAsExpected) {
  const fs::path expected = fs::path(GetParam()).replace_extension(".expected");
  const std::string actual = Describe(GetParam());
  const bool broken = GetParam().stem().extension() == ".broken";
  EXPECT_EQ(actual.find(": error: ") != actual.npos, broken) << actual;
  if (std::getenv("KL_BLESS")) std::ofstream(expected) << actual;
  EXPECT_EQ(actual, ReadFile(expected)) << "KL_BLESS=1 accepts this";
}

class App : public testing::TestWithParam<fs::path> {};

TEST_P(App, RendersAndSaysWhatIsWrongOnceBroken) {
  const std::string text = ReadFile(GetParam());
  const fs::path expected = fs::path(GetParam()).replace_extension(".expected");
  const std::string rendered = Describe(GetParam());
  EXPECT_FALSE(rendered.contains("error: ")) << rendered;
  const std::string broken =
      DescribeErrors(Changed(text, fs::path(GetParam()).replace_extension(".change")), GetParam());
  EXPECT_TRUE(broken.contains(": error: ")) << "the change breaks nothing";
  const std::string actual = rendered + "--- broken\n" + broken;
  if (std::getenv("KL_BLESS")) std::ofstream(expected) << actual;
  EXPECT_EQ(actual, ReadFile(expected)) << "KL_BLESS=1 accepts this";
}

std::string NameOf(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Template, Golden, testing::ValuesIn(Goldens()), NameOf);
INSTANTIATE_TEST_SUITE_P(Template, App, testing::ValuesIn(Goldens("tests/golden/apps")), NameOf);

TEST(GoldenFolder, HasNoExpectationWithoutATemplate) {
  for (const char* folder : {"tests/golden/template", "tests/golden/apps"})
    for (const auto& entry : fs::directory_iterator(folder))
      EXPECT_TRUE(fs::exists(fs::path(entry.path()).replace_extension(".yaml"))) << entry.path();
}

}  // namespace
}  // namespace kl::tmpl
