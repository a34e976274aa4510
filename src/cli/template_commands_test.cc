#include "cli/template_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace kl::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kGood[] = R"(
x-kuberlogic-plans:
  small: {limits: {cpu: 250m, memory: 64Mi}, version: "1.2", parameters: {title: Small}}
  large: {limits: {cpu: "1", memory: 1Gi}, version: "1.3"}
x-kuberlogic-parameters:
  title: {type: string, default: Untitled}
x-kuberlogic-secrets:
  token: "{{ GenerateKey 32 }}"
services:
  web:
    image: "web:{{ .Version }}"
    ports: ["80:8080"]
    environment:
      TITLE: "{{ .Parameters.title }}"
      TOKEN: '{{ Secret "token" }}'
)";

class TemplateCommands : public testing::Test {
 protected:
  TemplateCommands() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kl-template-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~TemplateCommands() override { std::filesystem::remove_all(folder_); }

  std::string Write(std::string_view text) {
    const std::string path = folder_ / "app.yaml";
    std::ofstream(path) << text;
    return path;
  }

  int Check(const std::string& path, const std::string& format = "table") {
    Globals globals;
    globals.format = format;
    globals.out = &out_;
    globals.err = &err_;
    return TemplateCheck(path, globals);
  }

  std::filesystem::path folder_;
  std::ostringstream out_, err_;
};

TEST_F(TemplateCommands, CheckAcceptsAGoodFile) {
  EXPECT_EQ(Check(Write(kGood)), 0);
  EXPECT_THAT(out_.str(), HasSubstr("ok; plans: large, small; parameters: title"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(TemplateCommands, CheckTellsProgramsWhatIsSold) {
  EXPECT_EQ(Check(Write(kGood), "json"), 0);
  EXPECT_THAT(out_.str(), HasSubstr("\"ok\""));
  EXPECT_THAT(out_.str(), HasSubstr("\"64Mi\""));
  out_.str("");
  EXPECT_EQ(Check(Write("services: 5\n"), "json"), 1);
  EXPECT_THAT(out_.str(), HasSubstr("\"error\""));
}

TEST_F(TemplateCommands, CheckNamesFileLineAndColumn) {
  const std::string path = Write("services:\n  web:\n    image: a\n    imagee: b\n");
  EXPECT_EQ(Check(path), 1);
  EXPECT_THAT(out_.str(), HasSubstr(path + ":4:5: error: unknown key 'imagee': did you mean"));
}

TEST_F(TemplateCommands, AMissingFileIsAUsageError) {
  EXPECT_EQ(Check(folder_ / "none.yaml"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("none.yaml"));
  TemplateRenderOptions options{.file = folder_ / "none.yaml"};
  EXPECT_EQ(TemplateRender(options, out_, err_), 2);
}

TEST_F(TemplateCommands, AFolderIsAUsageError) { EXPECT_EQ(Check(folder_), 2); }

TEST_F(TemplateCommands, RenderTakesThePlanAskedFor) {
  TemplateRenderOptions options{.file = Write(kGood), .plan = "small"};
  EXPECT_EQ(TemplateRender(options, out_, err_), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("image: web:1.2"));
  EXPECT_THAT(out_.str(), HasSubstr("TITLE: Small"));
  EXPECT_THAT(out_.str(), HasSubstr("memory: 64Mi"));
}

TEST_F(TemplateCommands, ParametersAreStrongerThanThePlan) {
  TemplateRenderOptions options{.file = Write(kGood), .plan = "small"};
  options.parameters = {"title=a=b"};
  EXPECT_EQ(TemplateRender(options, out_, err_), 0);
  EXPECT_THAT(out_.str(), HasSubstr("TITLE: \"a=b\""));
}

TEST_F(TemplateCommands, SecretsAreMaskedUnlessAskedFor) {
  TemplateRenderOptions options{.file = Write(kGood)};
  EXPECT_EQ(TemplateRender(options, out_, err_), 0);
  EXPECT_THAT(out_.str(), HasSubstr("TOKEN: <secret token>"));
  options.reveal = true;
  std::ostringstream revealed;
  EXPECT_EQ(TemplateRender(options, revealed, err_), 0);
  EXPECT_THAT(revealed.str(), Not(HasSubstr("<secret")));
}

TEST_F(TemplateCommands, AnUnknownPlanIsAUsageErrorThatNamesTheOthers) {
  TemplateRenderOptions options{.file = Write(kGood), .plan = "huge"};
  EXPECT_EQ(TemplateRender(options, out_, err_), 2);
  EXPECT_THAT(err_.str(), HasSubstr("large small"));
}

TEST_F(TemplateCommands, AParameterWithoutAValueIsAUsageError) {
  TemplateRenderOptions options{.file = Write(kGood)};
  options.parameters = {"title"};
  EXPECT_EQ(TemplateRender(options, out_, err_), 2);
}

TEST_F(TemplateCommands, RenderOfABrokenFileSaysWhereItIsBroken) {
  TemplateRenderOptions options{.file = Write("services: {web: {image: a, build: .}}")};
  EXPECT_EQ(TemplateRender(options, out_, err_), 1);
  EXPECT_THAT(err_.str(), HasSubstr(":1:28: error: 'build' is not supported"));
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace kl::cli
