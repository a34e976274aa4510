#include "cli/template_commands.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <sstream>

#include "cli/output.h"
#include "template/dump.h"
#include "template/import/import.h"
#include "template/template.h"

namespace kl::cli {
namespace {

constexpr int kOk = 0;
constexpr int kFindings = 1;
constexpr int kUsage = 2;

// One byte more than a template may have is enough to refuse it.
constexpr std::size_t kReadMax = (1 << 20) + 1;

std::optional<std::string> ReadFile(const std::string& path, std::ostream& err) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kReadMax, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    err << "cannot read " << path << ": does the file exist?\n";
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool HasErrors(const std::vector<tmpl::Diagnostic>& diagnostics) {
  for (const tmpl::Diagnostic& diagnostic : diagnostics)
    if (diagnostic.severity == tmpl::Severity::kError) return true;
  return false;
}

// "large, small"; "none".
template <class Named>
std::string NamesOf(const std::map<std::string, Named>& named) {
  std::string out;
  for (const auto& [name, ignored] : named) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

ValueMap AsMap(const tmpl::Diagnostic& each) {
  ValueMap out;
  out["severity"] = each.severity == tmpl::Severity::kError ? "error" : "note";
  out["line"] = each.line;
  out["column"] = each.column;
  out["path"] = each.path;
  out["message"] = each.message;
  return out;
}

Value AsValue(const tmpl::Template::Loaded& loaded) {
  ValueList problems, parameters;
  for (const tmpl::Diagnostic& each : loaded.diagnostics) problems.emplace_back(AsMap(each));
  ValueMap plans;
  const TemplateInfo none;
  const TemplateInfo& info = loaded.value ? loaded.value->info() : none;
  for (const auto& [id, plan] : info.plans) {
    ValueMap limits;
    if (plan.limits.cpu) limits["cpu"] = plan.limits.cpu->text();
    if (plan.limits.memory) limits["memory"] = plan.limits.memory->text();
    if (plan.limits.storage) limits["storage"] = plan.limits.storage->text();
    ValueMap sold;
    sold["limits"] = std::move(limits);
    plans[id] = std::move(sold);
  }
  for (const auto& [name, ignored] : info.parameters) parameters.emplace_back(name);
  ValueMap out;
  out["ok"] = loaded.value != nullptr;
  out["problems"] = std::move(problems);
  out["plans"] = std::move(plans);
  out["parameters"] = std::move(parameters);
  return out;
}

// The plan to show when none is asked for. nullopt after saying why there is none.
std::optional<std::string> ChoosePlan(const TemplateInfo& info, const std::string& wanted,
                                      std::ostream& err) {
  if (wanted.empty()) {
    if (info.plans.empty()) return std::string();
    return info.plans.contains("default") ? "default" : info.plans.begin()->first;
  }
  if (info.plans.contains(wanted)) return wanted;
  err << "no plan '" << wanted << "' in the template; it has:";
  for (const auto& [id, plan] : info.plans) err << ' ' << id;
  err << '\n';
  return std::nullopt;
}

std::optional<tmpl::RenderInput> MakeInput(const TemplateRenderOptions& options,
                                           const TemplateInfo& info, std::ostream& err) {
  auto plan_id = ChoosePlan(info, options.plan, err);
  if (!plan_id) return std::nullopt;
  tmpl::RenderInput input;
  input.name = ServiceName(options.name);
  input.uid = ServiceUid(std::string(32, '0'));
  input.host = options.host.empty() ? options.name + ".example.com" : options.host;
  input.insecure = options.insecure;
  input.plan = *plan_id;
  input.customer_email = options.customer_email;
  input.customer_name = options.customer_name;
  if (auto plan = info.plans.find(*plan_id); plan != info.plans.end()) {
    input.limits = plan->second.limits;
    input.version = plan->second.version;
    input.parameters = plan->second.parameters;
  }
  if (!options.version.empty()) input.version = options.version;
  for (const std::string& parameter : options.parameters) {
    const std::size_t equals = parameter.find('=');
    if (equals == 0 || equals == parameter.npos) {
      err << "a parameter is written NAME=VALUE, not '" << parameter.substr(0, equals) << "'\n";
      return std::nullopt;
    }
    input.parameters[parameter.substr(0, equals)] = parameter.substr(equals + 1);
  }
  return input;
}

// nullopt after saying why it cannot be read; a `.env` that nobody named may be missing.
std::optional<importer::ImportInput> ReadSource(const TemplateImportOptions& options,
                                                std::ostream& err) {
  namespace fs = std::filesystem;
  importer::ImportInput input;
  auto text = ReadFile(options.file, err);
  if (!text) return std::nullopt;
  input.text = std::move(*text);
  const fs::path beside = fs::path(options.file).parent_path() / ".env";
  const std::string env = options.env_file.empty() ? beside.string() : options.env_file;
  input.env_name = fs::path(env).filename();
  std::error_code error;
  if (options.env_file.empty() && !fs::exists(env, error)) return input;
  input.env = ReadFile(env, err);
  if (!input.env) return std::nullopt;
  return input;
}

bool WriteTarget(const TemplateImportOptions& options, const std::string& text, std::ostream& err) {
  std::error_code error;
  if (!options.force && std::filesystem::exists(options.output, error)) {
    err << options.output << " is there already: name another file, or use --force\n";
    return false;
  }
  if (std::filesystem::equivalent(options.output, options.file, error)) {
    err << options.output << " is the file to import: name another one\n";
    return false;
  }
  std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  err << "cannot write " << options.output << ": is there such a folder, and room?\n";
  return false;
}

}  // namespace

int TemplateCheck(const std::string& path, const Globals& globals) {
  auto text = ReadFile(path, *globals.err);
  if (!text) return kUsage;
  const auto loaded = tmpl::Template::Load(*text, "app");
  if (globals.format == "json" || globals.format == "yaml") {
    ShowObject(globals, AsValue(loaded));
  } else {
    *globals.out << tmpl::Format(loaded.diagnostics, path);
    if (loaded.value)
      *globals.out << path << ": ok; plans: " << NamesOf(loaded.value->info().plans)
                   << "; parameters: " << NamesOf(loaded.value->info().parameters) << '\n';
  }
  return loaded.value ? kOk : kFindings;
}

int TemplateRender(const TemplateRenderOptions& options, std::ostream& out, std::ostream& err) {
  auto text = ReadFile(options.file, err);
  if (!text) return kUsage;
  const auto loaded = tmpl::Template::Load(*text, options.type);
  if (!loaded.value || HasErrors(loaded.diagnostics)) {
    err << tmpl::Format(loaded.diagnostics, options.file);
    return kFindings;
  }
  auto input = MakeInput(options, loaded.value->info(), err);
  if (!input) return kUsage;
  auto rendered = loaded.value->Render(*input, {}, SystemRandom());
  if (!rendered) {
    err << options.file << ": " << rendered.error().message << '\n';
    return kFindings;
  }
  out << tmpl::Dump(*rendered, options.reveal);
  return kOk;
}

int TemplateImport(const TemplateImportOptions& options, std::ostream& out, std::ostream& err) {
  auto input = ReadSource(options, err);
  if (!input) return kUsage;
  auto folder = importer::DiskFolder(std::filesystem::path(options.file).parent_path());
  auto imported = importer::Import(*input, *folder);
  if (!imported) {
    err << tmpl::Format({imported.error()}, options.file);
    return kUsage;
  }
  if (!options.output.empty() && !WriteTarget(options, imported->text, err)) return kUsage;
  if (options.output.empty()) out << imported->text;
  std::ostream& report = options.output.empty() ? err : out;
  report << importer::Report(*imported, {options.file, options.output});
  return imported->CountOf(importer::Finding::Kind::kDecision) > 0 ? kFindings : kOk;
}

}  // namespace kl::cli
