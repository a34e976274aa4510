// What anybody can send: templates, Compose files, values. Whatever goes in, nothing crashes, and
// what the headers promise holds.
#include <algorithm>
#include <set>

#include "domain/quantity.h"
#include "template/dump.h"
#include "template/duration.h"
#include "template/expr_test_host.h"
#include "template/import/import.h"
#include "template/interpolate.h"
#include "template/shell_split.h"
#include "template/template.h"
#include "template/yaml_parser.h"
#include "tests/fuzz/fuzz.h"

namespace kl::fuzz {
namespace {

bool IsOneLine(std::string_view message) {
  return !message.empty() && message.find('\n') == message.npos;
}

// ---- yaml ----

void CheckNode(const tmpl::Node& node, int lines, std::set<const tmpl::Node*>& known) {
  if (!known.insert(&node).second) return;
  Require(node.begin.line >= 1 && node.begin.line <= lines, "a node stands in the text");
  Require(node.height <= tmpl::kDepthMax + 1, "the tree is as flat as promised");
  Require(node.weight <= tmpl::kWeightMax, "the tree is as small as promised");
  std::set<std::string_view> keys;
  for (const tmpl::Entry& entry : node.entries) {
    Require(keys.insert(entry.key).second, "no key comes twice");
    CheckNode(*entry.value, lines, known);
  }
  for (const tmpl::Node* item : node.items) CheckNode(*item, lines, known);
}

void Yaml(std::string_view text) {
  const auto document = tmpl::ParseYaml(text);
  if (!document) {
    Require(document.error().line >= 1, "an error has its line");
    return Require(IsOneLine(document.error().message), "an error is one line");
  }
  if (!document->root) return;
  std::set<const tmpl::Node*> known;
  CheckNode(*document->root, tmpl::CountLines(text), known);
}

// ---- expressions and variables ----

void Expression(std::string_view text) {
  const tmpl::Outcome once = tmpl::Expand(text);
  const tmpl::Outcome again = tmpl::Expand(text);
  Require(once.text == again.text && once.error == again.error, "the same text gives the same");
  Require(once.offset <= text.size(), "an error stands in the text");
  Require(once.text.size() <= tmpl::kOutputBytesMax, "the output is bounded");
}

void Interpolation(std::string_view text) {
  std::vector<tmpl::Statement> statements;
  std::vector<std::pair<std::size_t, std::string>> names;
  const auto done = tmpl::CompileLiteral(text, 0, statements, names);
  if (!done) Require(done.error().offset <= text.size(), "an error stands in the text");
  for (const auto& [offset, name] : names)
    Require(text.substr(std::min(offset, text.size())).contains(name), "a name stands in the text");
  if (text.contains("{{")) return;
  const tmpl::Outcome out = tmpl::Expand(text);
  Require(out.error.empty() || text.contains('$'), "text without a variable is no error");
  if (!text.contains('$')) Require(out.text == text, "text without a variable stays");
  tmpl::ShellSplit(text);
}

// ---- quantities ----

void Quantities(std::string_view text) {
  if (const auto parsed = Quantity::Parse(text)) {
    Require(parsed->millis() >= 0, "a quantity is not negative");
    const auto again = Quantity::Parse(parsed->text());
    Require(again && *again == *parsed, "a quantity can be read back");
    const Quantity canonical = Quantity::FromMillis(parsed->millis());
    Require(canonical == *parsed, "its canonical form is as great");
    const auto read = Quantity::Parse(canonical.text());
    Require(read && *read == canonical, "the canonical form can be read back");
    const auto bytes = Quantity::Parse(Quantity::FromBytes(parsed->value()).text());
    Require(bytes && bytes->value() == parsed->value(), "bytes can be read back");
  }
  const auto bytes = tmpl::ParseBytes(text);
  Require(!bytes || (*bytes >= 0 && *bytes <= (std::int64_t{1} << 53)), "bytes are bounded");
  const auto cpus = tmpl::ParseCpus(text);
  Require(!cpus || *cpus >= 0, "cpus are not negative");
  const auto duration = tmpl::ParseDuration(text);
  Require(!duration || (duration->count() >= 0 && *duration <= std::chrono::days(366)),
          "durations are bounded");
}

// ---- whole templates ----

void WholeTemplate(std::string_view text) {
  const auto loaded = tmpl::Template::Load(text, "fuzz");
  tmpl::Format(loaded.diagnostics, "fuzz.yaml");
  for (const auto& each : loaded.diagnostics)
    Require(each.line <= tmpl::CountLines(text) && !each.message.empty(), "a problem has its line");
  if (!loaded.value) return;
  auto plans = loaded.value->info().plans;
  if (plans.empty()) plans[""];
  SeededRandom random(1);
  for (const auto& [id, plan] : plans) {
    tmpl::RenderInput input;
    input.plan = id;
    input.limits = plan.limits;
    input.version = plan.version;
    input.parameters = plan.parameters;
    const auto first = loaded.value->Render(input, {}, random);
    if (!first) continue;
    const auto second = loaded.value->Render(input, first->secrets, random);
    Require(second && !second->generated, "a second render needs no new secret");
    Require(tmpl::Dump(first->spec, true) == tmpl::Dump(second->spec, true),
            "the same data and secrets give the same instance");
  }
}

// ---- import ----

constexpr std::string_view kEnvMark = "#env\n";
constexpr std::string_view kSecret = "q7VbnT4xKcR2mZ8d";

class FewFiles : public importer::Folder {
 public:
  explicit FewFiles(std::string_view env) : env_(env) {}
  importer::SourceFile Look(const std::string& path) const override {
    using Kind = importer::SourceFile::Kind;
    if (path.ends_with(".env")) return {Kind::kFile, false, false, env_};
    if (path.ends_with("/conf")) return {Kind::kDirectory, false, false, "", {"a.conf", "b.sh"}};
    if (path.contains(".conf") || path.contains(".sh"))
      return {Kind::kFile, path.contains(".sh"), false,
              "key = ${value} {{ x }}\nurl = http://localhost:80/\n"};
    return {};
  }

 private:
  std::string env_;
};

// A Compose file, and behind a line "#env" its .env.
void ImportCompose(std::string_view input) {
  const std::size_t cut = input.find(kEnvMark);
  const std::string text(input.substr(0, cut));
  std::string env(cut == input.npos ? "" : input.substr(cut + kEnvMark.size()));
  const bool in_the_open = text.contains(kSecret) || env.contains(kSecret);
  env += "\nFUZZ_PASSWORD=" + std::string(kSecret) + "\n";
  const FewFiles folder(env);
  const auto imported = importer::Import({text, env}, folder);
  if (!imported) return Require(IsOneLine(imported.error().message), "a refusal is one line");
  Require(!imported->text.contains('\x01') || text.contains('\x01'), "no mark of ours is left");
  Require(tmpl::ParseYaml(imported->text).has_value(), "the template is YAML");
  Require(imported->loads || imported->CountOf(importer::Finding::Kind::kDecision) > 0,
          "what does not load is asked about");
  for (const auto& finding : imported->findings)
    Require(finding.line >= 0 && finding.line <= tmpl::CountLines(text) + 1,
            "a finding has its line");
  const std::string report = importer::Report(*imported, {"a.yml", "b.yml"});
  Require(in_the_open || !imported->text.contains(kSecret), "no secret is copied");
  Require(in_the_open || !report.contains(kSecret), "no secret is told");
}

}  // namespace

const std::vector<Target>& Targets() {
  static const std::vector<std::string_view> kYaml = {
      "\n", "  ",         "- ",  ": ",     "&a ", "*a",   "<<: *a\n", "|\n  ",    ">-\n ",
      "? ", "---",        "...", "!!str ", "'",   "\"",   "# ",       "{",        "}",
      "[",  "]",          ", ",  "null",   "~",   "true", "\\n",      "\xc3\xa9", "\xef\xbb\xbf",
      "\t", "%YAML 1.2\n"};
  static const std::vector<std::string_view> kExpression = {"{{ ",
                                                            " }}",
                                                            "{{- ",
                                                            " -}}",
                                                            "if ",
                                                            "else",
                                                            "end",
                                                            "range ",
                                                            "with ",
                                                            "$x := ",
                                                            "$x",
                                                            "$i, $x := ",
                                                            ".",
                                                            ".Parameters.",
                                                            "n",
                                                            "list",
                                                            "map",
                                                            "text",
                                                            " | ",
                                                            "(",
                                                            ")",
                                                            "printf ",
                                                            "\"%d\" ",
                                                            "\"%x\" ",
                                                            "index ",
                                                            "slice ",
                                                            "len ",
                                                            "or ",
                                                            "and ",
                                                            "not ",
                                                            "eq ",
                                                            "lt ",
                                                            "default ",
                                                            "Base64",
                                                            "GenerateKey 5",
                                                            "PersistentSecret \"a\"",
                                                            "Secret \"known\"",
                                                            "`raw`",
                                                            "'c'",
                                                            "nil",
                                                            "break",
                                                            "continue",
                                                            "/* */",
                                                            "1e9",
                                                            "-1",
                                                            "$$",
                                                            "${n:-",
                                                            "}"};
  static const std::vector<std::string_view> kVariables = {
      "$", "$$",   "${",    "}",       ":-", "-",    ":?", "?",  ":+", "+",
      "n", "text", "empty", "missing", "$n", "${n}", "'",  "\"", "\\"};
  static const std::vector<std::string_view> kQuantity = {
      "0", "1", "9", ".", "m", "k", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e",  "E", "+",
      "-", "n", "u", "M", "G", "T", "P",  "b",  "gb", "s",  "h",  "ms", "us", "d", " "};
  static const std::vector<std::string_view> kTemplate = {"\n",
                                                          "  ",
                                                          "- ",
                                                          ": ",
                                                          "services:",
                                                          "image: a:1\n",
                                                          "ports: [\"80\"]\n",
                                                          "depends_on: ",
                                                          "service_healthy",
                                                          "service_completed_successfully",
                                                          "healthcheck: {test: a}",
                                                          "extends: ",
                                                          "profiles: ",
                                                          "command: ",
                                                          "environment: ",
                                                          "volumes: ",
                                                          "tmpfs: ",
                                                          "configs: ",
                                                          "secrets: ",
                                                          "content: ",
                                                          "sysctls: ",
                                                          "ulimits: ",
                                                          "nofile: ",
                                                          "extra_hosts: ",
                                                          "deploy: ",
                                                          "resources: ",
                                                          "limits: ",
                                                          "x-kuberlogic-parameters:\n",
                                                          "x-kuberlogic-plans:\n",
                                                          "default: ",
                                                          "type: integer",
                                                          "x-kuberlogic-secrets:\n",
                                                          "{{ Secret \"a\" }}",
                                                          "{{ GenerateKey 9 }}",
                                                          "${A:-b}",
                                                          "<<: *a",
                                                          "&a ",
                                                          "'",
                                                          "\"",
                                                          "{",
                                                          "}",
                                                          "x-kuberlogic-share: ",
                                                          "x-kuberlogic-welcome: ",
                                                          "x-kuberlogic-backup: ",
                                                          "restart: \"no\"\n"};
  static const std::vector<std::string_view> kCompose = {"\n",
                                                         "  ",
                                                         "- ",
                                                         ": ",
                                                         "env_file: .env\n",
                                                         "build: .\n",
                                                         "volumes:\n",
                                                         "./conf:/etc/conf:ro",
                                                         "./a.conf:/a.conf",
                                                         "./run.sh:/run.sh",
                                                         "./data:/data",
                                                         "/data\n",
                                                         "type: bind",
                                                         "source: ",
                                                         "target: ",
                                                         "external: true",
                                                         "file: ./a.conf",
                                                         "environment:\n",
                                                         "container_name: ",
                                                         "${FUZZ_PASSWORD}",
                                                         "${FUZZ_PASSWORD:-x}",
                                                         "${A}",
                                                         "${B:?no}",
                                                         "$$",
                                                         "PASSWORD",
                                                         "http://localhost:8080",
                                                         "postgres://u:${FUZZ_PASSWORD}@db/x",
                                                         "x-a: &a\n",
                                                         "<<: *a\n",
                                                         "*a",
                                                         "&a ",
                                                         "profiles: [x]\n",
                                                         "{{",
                                                         "}}",
                                                         "|\n",
                                                         "#env\n",
                                                         "A=",
                                                         "export ",
                                                         "'",
                                                         "\"",
                                                         "ports: [\"8080:80\"]\n",
                                                         "# "};
  static const std::vector<Target> kTargets = {
      {"yaml", Yaml, 8192, kYaml, {"tests/golden/apps", "tests/golden/template"}},
      {"expression", Expression, 2048, kExpression, {}},
      {"interpolation", Interpolation, 1024, kVariables, {}},
      {"quantity", Quantities, 64, kQuantity, {}},
      {"template", WholeTemplate, 8192, kTemplate, {"tests/golden/apps", "tests/golden/template"}},
      {"import", ImportCompose, 8192, kCompose, {"tests/golden/import"}},
  };
  return kTargets;
}

}  // namespace kl::fuzz
