#include "template/template.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "template/app_draft.h"
#include "template/compile.h"
#include "template/render_data.h"
#include "template/sections.h"
#include "template/yaml_parser.h"

namespace kl::tmpl {
namespace {

constexpr std::int64_t kStorageDefault = std::int64_t{1} << 30;

// "services.web.image line 3: ...", as template.h promises; the field is the path.
Error ToError(const Diagnostic& diagnostic) {
  std::string message = diagnostic.path;
  if (diagnostic.line > 0)
    message += (message.empty() ? "line " : " line ") + std::to_string(diagnostic.line);
  return {ErrorKind::kInvalid, message + ": " + diagnostic.message, diagnostic.path, {}};
}

// Whether `.Parameters` stands there as a whole, as `range .Parameters` has it.
bool NamesAllParameters(std::string_view text) {
  constexpr std::string_view kWord = ".Parameters";
  for (auto at = text.find(kWord); at != text.npos; at = text.find(kWord, at + 1)) {
    if (!text.substr(at + kWord.size()).starts_with('.')) return true;
  }
  return false;
}

bool IsError(const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; }

// Immutable after Load(): expressions are compiled, sections read. A render walks the tree again,
// with the data of one instance, through the same readers that check it; there is no second place
// that knows the keys.
class LoadedTemplate : public Template {
 public:
  LoadedTemplate(std::string text, std::string type) : text_(std::move(text)) {
    info_.type = std::move(type);
    digest_ = TemplateDigest(Sha256Hex(text_));
  }

  void Load(std::vector<Diagnostic>& diagnostics) {
    auto document = ParseYaml(text_);
    if (!document) return diagnostics.push_back(std::move(document.error()));
    document_ = std::move(*document);
    if (!document_.root->is_mapping())
      return diagnostics.push_back({Severity::kError, 1, 1, "", "a mapping is wanted here"});
    auto references = CompileScalars(document_, text_, diagnostics);
    const bool compiled = std::ranges::none_of(diagnostics, IsError);
    sections_ = ReadSections(*document_.root, diagnostics);
    CheckReferences(references, diagnostics);
    for (const Reference& reference : references) {
      if (reference.kind == Reference::Kind::kParameter) named_.insert(reference.name);
    }
    takes_all_ = NamesAllParameters(text_);
    info_.parameters = sections_.parameters;
    info_.plans = sections_.plans;
    // A scalar that did not compile would be read as text and reported twice.
    if (compiled) CheckPlans(diagnostics);
  }

  const TemplateInfo& info() const override { return info_; }
  const TemplateDigest& digest() const override { return digest_; }

  bool KnowsParameter(const std::string& name) const override {
    return takes_all_ || info_.parameters.contains(name) || named_.contains(name);
  }

  Result<Rendered> Render(const RenderInput& input, const Secrets& secrets,
                          Random& random) const override {
    KL_TRY(Value data, MakeData(input, info_.parameters));
    std::vector<Diagnostic> diagnostics;
    Budget budget;
    SecretBook book({input, sections_.secrets, data, budget, &random}, secrets);
    Session session{text_, data, book, budget, diagnostics};
    Rendered rendered;
    AppDraft app;
    rendered.spec = Build(session, input, app);
    auto wrong = std::ranges::find_if(diagnostics, IsError);
    if (wrong != diagnostics.end()) return Fail(ToError(*wrong));
    rendered.generated = book.generated();
    rendered.secrets = book.TakeSecrets();
    return rendered;
  }

  Result<std::string> Welcome(const RenderInput& input, const Secrets& secrets) const override {
    if (!sections_.welcome) return std::string();
    KL_TRY(Value data, MakeData(input, info_.parameters));
    std::vector<Diagnostic> diagnostics;
    Budget budget;
    SecretBook book({input, sections_.secrets, data, budget}, secrets);
    Session session{text_, data, book, budget, diagnostics};
    auto text = WelcomeText(session);
    if (!text) return Fail(ToError(diagnostics.front()));
    return std::move(*text);
  }

  std::vector<CredentialsCommand> CredentialsCommands() const override {
    return credentials_commands_;
  }

 private:
  // One pass: secrets first, for scalars refer to them, then the file, then what spans services.
  // What is wrong goes to the session; the result then means nothing.
  AppSpec Build(Session& session, const RenderInput& input, AppDraft& app) const {
    Cursor root(session, document_.root);
    if (auto failure = session.book.FillIn()) {
      Mark mark = Locate(*failure->definition->node, failure->error.offset, text_);
      session.diagnostics.push_back({Severity::kError, mark.line, mark.column,
                                     "x-kuberlogic-secrets." + failure->definition->name,
                                     failure->error.message});
      return {};
    }
    ReadApp(root, app);
    PlanFigures figures{input.limits, input.plan, {1, 1}};
    if (auto it = sections_.plan_marks.find(input.plan); it != sections_.plan_marks.end())
      figures.mark = it->second;
    DivideLimits(root, figures, app);
    AppSpec spec;
    spec.name = input.name;
    spec.uid = input.uid;
    spec.subscription = input.subscription;
    spec.host = input.host;
    spec.insecure = input.insecure;
    Assemble(root, app, spec);
    if (!spec.volumes.empty())
      spec.storage_bytes = input.limits.storage ? input.limits.storage->value() : kStorageDefault;
    return spec;
  }

  // Empty when there is none, nullopt after reporting.
  std::optional<std::string> WelcomeText(Session& session) const {
    Cursor root(session, document_.root);
    for (const Entry& entry : document_.root->entries)
      if (entry.key == "x-kuberlogic-welcome") return Cursor(root, entry).Text();
    return std::string();
  }

  // Names in expressions, also in branches that no plan takes.
  void CheckReferences(const std::vector<Reference>& references,
                       std::vector<Diagnostic>& diagnostics) const {
    for (const Reference& reference : references) {
      const std::string& name = reference.name;
      if (reference.kind == Reference::Kind::kSecret) {
        // Render says the same, but only for the branches it takes.
        if (std::ranges::find(sections_.secrets, name, &SecretDefinition::name) ==
            sections_.secrets.end())
          Report(reference, Severity::kError, "Secret: " + NotDefined(name), diagnostics);
      } else if (!sections_.parameters.contains(name) && !IsGivenParameter(name)) {
        Report(reference, Severity::kNote,
               "parameter '" + name +
                   "' is not declared under x-kuberlogic-parameters: it has a value only where "
                   "somebody sets it",
               diagnostics);
      }
    }
  }

  void Report(const Reference& reference, Severity severity, std::string message,
              std::vector<Diagnostic>& diagnostics) const {
    if (IsFull(diagnostics, severity)) return;
    Mark mark = Locate(*reference.node, reference.offset, text_);
    diagnostics.push_back({severity, mark.line, mark.column, reference.path, std::move(message)});
  }

  // Renders for every plan, so that what is accepted renders.
  void CheckPlans(std::vector<Diagnostic>& diagnostics) {
    std::map<std::string, Plan> plans = info_.plans;
    if (plans.empty()) plans[""];
    for (const auto& [id, plan] : plans) {
      const RenderInput input = InventInput(id, plan, info_.parameters);
      auto data = MakeData(input, info_.parameters);
      if (!data) {
        // Else a consequence of what is reported already.
        if (std::ranges::none_of(diagnostics, IsError))
          diagnostics.push_back(
              {Severity::kError, 1, 1, "x-kuberlogic-plans." + id, data.error().message});
        continue;
      }
      Budget budget;
      SecretBook book({input, sections_.secrets, *data, budget, nullptr, true}, {});
      Session session{text_, *data, book, budget, diagnostics, true};
      AppDraft app;
      info_.has_volumes = !Build(session, input, app).volumes.empty();
      credentials_commands_.clear();  // the same for every plan
      for (ServiceDraft& service : app.services)
        if (service.credentials_command)
          credentials_commands_.push_back(
              {service.member.name, std::move(*service.credentials_command)});
      WelcomeText(session);
    }
  }

  std::string text_;
  TemplateInfo info_;
  TemplateDigest digest_;
  Document document_;
  Sections sections_;
  std::vector<CredentialsCommand> credentials_commands_;
  std::set<std::string> named_;  // parameters that expressions name
  bool takes_all_ = false;       // an expression takes all of them
};

// In order of line, each once: every plan finds the same things.
std::vector<Diagnostic> Tidy(std::vector<Diagnostic> diagnostics) {
  auto key = [](const Diagnostic& d) { return std::tie(d.line, d.column, d.message); };
  std::ranges::stable_sort(diagnostics, {}, key);
  auto same = [&](const Diagnostic& a, const Diagnostic& b) { return key(a) == key(b); };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
  return diagnostics;
}

}  // namespace

std::string Format(const std::vector<Diagnostic>& diagnostics, std::string_view file) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    out += std::string(file);
    if (diagnostic.line > 0)
      out += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
    out += IsError(diagnostic) ? ": error: " : ": note: ";
    out += diagnostic.message;
    if (!diagnostic.path.empty()) out += " (" + diagnostic.path + ")";
    out += '\n';
  }
  return out;
}

Template::Loaded Template::Load(std::string_view text, std::string type) {
  auto loaded = std::make_shared<LoadedTemplate>(std::string(text), std::move(type));
  std::vector<Diagnostic> diagnostics;
  loaded->Load(diagnostics);
  diagnostics = Tidy(std::move(diagnostics));
  const bool wrong = std::ranges::any_of(diagnostics, IsError);
  if (wrong) return {nullptr, std::move(diagnostics)};
  return {std::move(loaded), std::move(diagnostics)};
}

}  // namespace kl::tmpl
