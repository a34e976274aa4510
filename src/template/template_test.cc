#include "template/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "template/dump.h"

namespace kl::tmpl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

// `lines` below the service `web`, which is complete without them.
std::string WithWeb(const std::string& lines, const std::string& top = "") {
  return top + "\nservices:\n  web:\n    image: web:1\n    ports: [\"80\"]\n" + lines;
}

std::shared_ptr<const Template> LoadOk(const std::string& text) {
  auto loaded = Template::Load(text, "test");
  EXPECT_TRUE(loaded.value) << Format(loaded.diagnostics, "test.yaml");
  return loaded.value;
}

std::string Complaints(const std::string& text) {
  auto loaded = Template::Load(text, "test");
  EXPECT_FALSE(loaded.value);
  return Format(loaded.diagnostics, "t");
}

RenderInput Instance() {
  RenderInput input;
  input.name = ServiceName("magnetic-llama");
  input.uid = ServiceUid(std::string(32, 'a'));
  input.host = "magnetic-llama.example.com";
  return input;
}

Result<Rendered> Render(const Template& loaded, const RenderInput& input,
                        const Secrets& secrets = {}) {
  SeededRandom random(7);
  return loaded.Render(input, secrets, random);
}

const std::string& Env(const AppSpec& spec, std::string_view name) {
  for (const Member& member : spec.members)
    for (const EnvVar& variable : member.env)
      if (variable.name == name) return variable.value.Reveal();
  static const std::string none = "(none)";
  return none;
}

TEST(KnowsParameter, WhatIsDeclaredOrNamedAndNothingElse) {
  const std::string head =
      "x-kuberlogic-parameters: {seats: {type: integer, default: 1}}\n"
      "services:\n  web:\n    image: example/web:1\n    ports: [\"80\"]\n"
      "    environment:\n";
  auto some = Template::Load(head + "      A: '{{ or .Parameters.title \"none\" }}'\n", "t");
  ASSERT_TRUE(some.value) << Format(some.diagnostics, "t");
  EXPECT_TRUE(some.value->KnowsParameter("seats"));
  EXPECT_TRUE(some.value->KnowsParameter("title"));
  EXPECT_FALSE(some.value->KnowsParameter("tilte"));
  auto all =
      Template::Load(head + "      A: '{{ range $k, $v := .Parameters }}{{ $k }}{{ end }}'\n", "t");
  ASSERT_TRUE(all.value) << Format(all.diagnostics, "t");
  EXPECT_TRUE(all.value->KnowsParameter("anything"));
}

// ---- the examples ----

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, IsAcceptedAndRendersForEveryPlan) {
  const std::string text = ReadFile(GetParam());
  ASSERT_FALSE(text.empty());
  auto loaded = Template::Load(text, "example");
  ASSERT_TRUE(loaded.value) << Format(loaded.diagnostics, GetParam());
  EXPECT_EQ(Format(loaded.diagnostics, GetParam()), "") << "an example needs no excuses";
  ASSERT_FALSE(loaded.value->info().plans.empty());
  for (const auto& [id, plan] : loaded.value->info().plans) {
    RenderInput input = Instance();
    input.plan = id;
    input.limits = plan.limits;
    input.parameters = plan.parameters;
    input.version = plan.version;
    auto rendered = Render(*loaded.value, input);
    ASSERT_TRUE(rendered) << rendered.error().message;
    auto welcome = loaded.value->Welcome(input, rendered->secrets);
    ASSERT_TRUE(welcome) << welcome.error().message;
    EXPECT_THAT(*welcome, HasSubstr("https://magnetic-llama.example.com"));
    std::int64_t memory = 0;
    for (const Member& member : rendered->spec.members) memory += member.memory_bytes;
    EXPECT_LE(memory, plan.limits.memory->value());
    EXPECT_EQ(rendered->spec.storage_bytes, plan.limits.storage->value());
  }
}
INSTANTIATE_TEST_SUITE_P(Template, Example,
                         testing::Values("examples/tiny/app.yaml", "examples/wordpress/app.yaml",
                                         "examples/wordpress/app.public-images.yaml",
                                         "examples/guestbook/app.yaml", "examples/links/app.yaml",
                                         "examples/fossil/app.yaml"));

// ---- secrets ----

TEST(Template, SecretsAreMadeOnceAndRenderingWithThemChangesNothing) {
  auto loaded =
      LoadOk(WithWeb("    environment: {T: '{{ Secret \"t\" }}', K: '{{ GenerateKey 5 }}'}\n",
                     "x-kuberlogic-secrets: {t: '{{ GenerateKey 32 }}'}"));
  auto first = Render(*loaded, Instance());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->generated);
  EXPECT_EQ(Env(first->spec, "T").size(), 32u);
  SeededRandom other(99);
  auto second = loaded->Render(Instance(), first->secrets, other);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->generated);
  EXPECT_EQ(Dump(second->spec, true), Dump(first->spec, true));
}

TEST(Template, SecretsNotReferredToAreMadeAndForeignOnesAreKept) {
  auto loaded = LoadOk(WithWeb("", "x-kuberlogic-secrets: {t: '{{ GenerateKey 32 }}'}"));
  auto rendered = Render(*loaded, Instance(), {{"old", SecretString("kept")}});
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->secrets.at("old").Reveal(), "kept");
  EXPECT_EQ(rendered->secrets.at("t").Reveal().size(), 32u);
}

TEST(Template, AnRsaKeyIsAPrivateKeyInPem) {
  auto loaded = LoadOk(WithWeb("", "x-kuberlogic-secrets: {k: '{{ GenerateRSAKey 1024 }}'}"));
  auto rendered = Render(*loaded, Instance());
  ASSERT_TRUE(rendered);
  EXPECT_THAT(rendered->secrets.at("k").Reveal(),
              testing::StartsWith("-----BEGIN RSA PRIVATE KEY-----\nMII"));
}

TEST(Template, NoInstanceValueGetsIntoAnError) {
  auto loaded = LoadOk(WithWeb("    read_only: '{{ .Parameters.p }}'\n",
                               "x-kuberlogic-parameters: {p: {type: string, default: 'true'}}"));
  RenderInput input = Instance();
  input.parameters["p"] = "canary-5521";
  auto rendered = Render(*loaded, input);
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(rendered.error().field, "services.web.read_only");
  EXPECT_THAT(rendered.error().message, Not(HasSubstr("canary")));
  EXPECT_THAT(rendered.error().message, HasSubstr("line 6"));
}

TEST(Template, DumpMasksSecretsWhereverTheyStand) {
  auto loaded =
      LoadOk(WithWeb("    command: [run, '--token={{ Secret \"t\" }}']\n"
                     "    environment: {B: '{{ Secret \"t\" | Base64 }}', P: plain}\n",
                     "x-kuberlogic-secrets: {t: '{{ GenerateKey 32 }}'}"));
  auto rendered = Render(*loaded, Instance());
  ASSERT_TRUE(rendered);
  const std::string masked = Dump(*rendered, false);
  EXPECT_THAT(masked, HasSubstr("--token=<secret t>"));
  EXPECT_THAT(masked, HasSubstr("B: <secret t>"));
  EXPECT_THAT(masked, HasSubstr("P: plain"));
  EXPECT_THAT(Dump(rendered->spec, false), Not(HasSubstr("plain")));
  EXPECT_THAT(Dump(*rendered, true), HasSubstr(rendered->secrets.at("t").Reveal()));
}

TEST(Template, WelcomeNeedsTheSecretsOfTheInstance) {
  auto loaded = LoadOk(WithWeb("",
                               "x-kuberlogic-secrets: {t: '{{ GenerateKey 32 }}'}\n"
                               "x-kuberlogic-welcome: 'password {{ Secret \"t\" }}'"));
  EXPECT_FALSE(loaded->Welcome(Instance(), {}));
  auto welcome = loaded->Welcome(Instance(), {{"t", SecretString("abc")}});
  ASSERT_TRUE(welcome);
  EXPECT_EQ(*welcome, "password abc");
}

TEST(Template, WelcomeGeneratesNothing) {
  EXPECT_THAT(Complaints(WithWeb("", "x-kuberlogic-welcome: '{{ GenerateKey 5 }}'")),
              HasSubstr("t:1:24: error: a new value at every reading"));
}

// ---- parameters ----

constexpr char kParameters[] =
    "x-kuberlogic-parameters:\n"
    "  seats: {type: integer, min: 1, max: 10}\n"
    "  motd: {type: string, default: 1.10}";

TEST(Template, ParametersAreConvertedToTheirTypes) {
  auto loaded = LoadOk(
      WithWeb("    environment: {S: '{{ eq .Parameters.seats 5 }}', M: '$motd'}\n", kParameters));
  RenderInput input = Instance();
  input.parameters["seats"] = "5";
  auto rendered = Render(*loaded, input);
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_EQ(Env(rendered->spec, "S"), "true");
  EXPECT_EQ(Env(rendered->spec, "M"), "1.10");
}

TEST(Template, AParameterThatDoesNotFitNamesItsField) {
  auto loaded = LoadOk(WithWeb("", kParameters));
  for (Value bad : {Value("many"), Value(11), Value(0), Value(ValueList{}), Value()}) {
    RenderInput input = Instance();
    input.parameters["seats"] = bad;
    auto rendered = Render(*loaded, input);
    ASSERT_FALSE(rendered) << ToText(bad);
    EXPECT_EQ(rendered.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(rendered.error().field, "advanced.seats");
  }
}

TEST(Template, ParametersNobodyDeclaredAreReadableAllTheSame) {
  auto loaded = LoadOk(WithWeb("    environment: {X: '{{ or .Parameters.extra \"none\" }}'}\n"));
  EXPECT_EQ(Env(Render(*loaded, Instance())->spec, "X"), "none");
  RenderInput input = Instance();
  input.parameters["extra"] = ValueList{1, 2};
  EXPECT_EQ(Env(Render(*loaded, input)->spec, "X"), "[1,2]");
}

TEST(Template, InfoTellsParametersPlansAndVolumes) {
  auto loaded =
      LoadOk(WithWeb("    volumes: ['d:/d']\nvolumes: {d: }\n",
                     "x-kuberlogic-parameters: {seats: {type: integer, default: 1, max: 9, "
                     "description: How many}}\n"
                     "x-kuberlogic-plans: {p: {limits: {cpu: 500m}, version: 2.10, "
                     "parameters: {seats: '3'}, policy: slow}}"));
  const TemplateInfo& info = loaded->info();
  EXPECT_EQ(info.type, "test");
  EXPECT_TRUE(info.has_volumes);
  EXPECT_EQ(info.parameters.at("seats").description, "How many");
  EXPECT_EQ(info.parameters.at("seats").max, 9);
  const Plan& plan = info.plans.at("p");
  EXPECT_EQ(plan.limits.cpu->millis(), 500);
  EXPECT_EQ(plan.version, "2.10");
  EXPECT_EQ(plan.parameters.at("seats"), Value(3));
  EXPECT_EQ(plan.policy, "slow");
  EXPECT_EQ(loaded->digest().str().size(), 64u);
}

TEST(Template, ANulByteInAParameterReachesNoContainer) {
  auto loaded = LoadOk(WithWeb("    environment: {X: '{{ or .Parameters.extra \"none\" }}'}\n"));
  RenderInput input = Instance();
  input.parameters["extra"] = std::string("a\0b", 3);
  EXPECT_FALSE(Render(*loaded, input));
}

// ---- limits ----

TEST(Template, LimitsAreDividedByShareAfterFixedOnes) {
  auto loaded =
      LoadOk(WithWeb("    x-kuberlogic-share: 3\n"
                     "  a: {image: 'a:1'}\n"
                     "  b: {image: 'b:1', cpus: 0.2, mem_limit: 100m}\n"));
  RenderInput input = Instance();
  input.limits.cpu = *Quantity::Parse("1");
  input.limits.memory = *Quantity::Parse("500Mi");
  auto rendered = Render(*loaded, input);
  ASSERT_TRUE(rendered) << rendered.error().message;
  std::vector<std::int64_t> cpu, memory;
  for (const Member& member : rendered->spec.members) {
    cpu.push_back(member.cpu_millis);
    memory.push_back(member.memory_bytes >> 20);
  }
  EXPECT_THAT(cpu, ElementsAre(600, 200, 200));
  EXPECT_THAT(memory, ElementsAre(300, 100, 100));
}

TEST(Template, LimitsOfAnOperatorThatDoNotFitAreRefusedAtRender) {
  auto loaded = LoadOk(WithWeb("    mem_limit: 256m\n"));
  RenderInput input = Instance();
  input.limits.memory = *Quantity::Parse("128Mi");
  auto rendered = Render(*loaded, input);
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(rendered.error().message, HasSubstr("256Mi of 128Mi"));
}

TEST(Template, WithoutAPlansFigureThereIsNoLimit) {
  auto loaded = LoadOk(WithWeb(""));
  auto rendered = Render(*loaded, Instance());
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->spec.members[0].cpu_millis, 0);
  EXPECT_EQ(rendered->spec.members[0].memory_bytes, 0);
  EXPECT_EQ(rendered->spec.storage_bytes, 0) << "no volumes, no storage";
}

TEST(Template, AbsurdLimitsAreRefusedNotMiscounted) {
  std::string services;
  for (int i = 0; i < 60; ++i)
    services +=
        "  s" + std::to_string(i) + ": {image: 'a:1', mem_limit: 8796093022207g, cpus: 9e15}\n";
  EXPECT_THAT(
      Complaints(WithWeb(services, "x-kuberlogic-plans: {p: {limits: {cpu: 1, memory: 1Gi}}}")),
      HasSubstr("error"));
}

// ---- diagnostics ----

TEST(Template, DiagnosticsAreInOrderAndSaidOnceForAllPlans) {
  auto loaded = Template::Load(WithWeb("    read_only: maybe\n    init: maybe\n",
                                       "x-kuberlogic-plans: {a: {}, b: {}, c: {}}"),
                               "test");
  ASSERT_EQ(loaded.diagnostics.size(), 2u);
  EXPECT_EQ(loaded.diagnostics[0].line, 6);
  EXPECT_EQ(loaded.diagnostics[1].path, "services.web.init");
}

TEST(Template, NotesDoNotRefuse) {
  auto loaded = Template::Load(WithWeb("    hostname: x\n"), "test");
  ASSERT_TRUE(loaded.value);
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(loaded.diagnostics[0].severity, Severity::kNote);
}

TEST(Template, ThousandsOfNotesDoNotHideAnError) {
  std::string lines = "    environment:\n";
  for (int i = 0; i < 2000; ++i) lines += "      V" + std::to_string(i) + ": '${undeclared:-x}'\n";
  auto loaded = Template::Load(WithWeb(lines + "    init: maybe\n"), "test");
  EXPECT_FALSE(loaded.value);
  EXPECT_LT(loaded.diagnostics.size(), 700u);
}

TEST(Template, ExpressionsAreFoundInFoldedAndQuotedText) {
  EXPECT_THAT(Complaints(WithWeb("    command: >\n      one {{ .Name }}\n      two $$x\n\n"
                                 "      three {{ bad }}\n")),
              HasSubstr("t:10:16: error: unknown function 'bad'"));
  EXPECT_THAT(Complaints(WithWeb("    user: \"\\u00e9 {{ bad }}\"\n")), HasSubstr("t:6:22: error"));
}

TEST(Template, CredentialsCommandsNameTheirMember) {
  auto loaded = LoadOk(WithWeb("    x-kuberlogic-set-credentials-cmd: 'set {{ .token }}'\n",
                               "x-kuberlogic-plans: {a: {}, b: {}}"));
  auto commands = loaded->CredentialsCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].member, "web");
  EXPECT_THAT(commands[0].arguments, ElementsAre("/bin/sh", "-c", "set \"${CREDENTIAL_token}\""));
}

}  // namespace
}  // namespace kl::tmpl
