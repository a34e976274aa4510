#include "template/import/import.h"

#include <algorithm>
#include <tuple>

#include "template/import/draft.h"
#include "template/import/looks_secret.h"

namespace kl::importer {
namespace {

tmpl::Diagnostic Refuse(tmpl::Mark mark, std::string message) {
  return {tmpl::Severity::kError, mark.line, mark.column, "", std::move(message)};
}

// What no pass could work on. nullopt: it can be imported.
std::optional<tmpl::Diagnostic> WhyNot(const SourceText& source) {
  const tmpl::Node& root = source.root();
  if (!root.is_mapping()) return Refuse({1, 1}, "not a Compose file: a mapping is wanted here");
  for (const tmpl::Entry& entry : root.entries)
    if (entry.key.starts_with("x-kuberlogic-"))
      return Refuse(entry.mark,
                    "this is a template already: run `kuberlogic template check` on it");
  const tmpl::Entry* services = FindEntry(root, "services");
  if (!services || !services->value->is_mapping())
    return Refuse(services ? services->mark : tmpl::Mark{1, 1},
                  "not a Compose file: there are no `services`");
  if (source.IsFlow(root))
    return Refuse({1, 1}, "the whole file is written in brackets: write it in lines first");
  for (const tmpl::Entry& service : services->value->entries)
    if (!service.value->is_mapping())
      return Refuse(service.mark,
                    "not a Compose file: service '" + service.key + "' is no mapping");
  return std::nullopt;
}

std::string Masked(std::string line, const Ledger& ledger) {
  for (const KnownSecret& secret : ledger.secrets()) {
    if (!ledger.IsDistinct(secret)) continue;
    for (auto at = line.find(secret.value); at != line.npos; at = line.find(secret.value, at + 3))
      line.replace(at, secret.value.size(), "***");
  }
  // "# - SMTP_PASSWORD=hunter2": a setting that is commented out.
  const std::size_t name = line.find_first_not_of("# -\t");
  const std::size_t end = line.find_first_of("=:", name);
  if (name == line.npos || end == line.npos) return line;
  const std::size_t value = line.find_first_not_of(" \"'", end + 1);
  const std::string_view word = std::string_view(line).substr(name, end - name);
  if (value == line.npos || word.contains(' ') || !LooksSecret(word, line.substr(value)))
    return line;
  return line.substr(0, value) + "***";
}

// Comments are kept, but not what they say of secrets.
void MaskComments(Draft& draft) {
  const std::string& text = draft.source.text();
  std::vector<Edit> edits;
  for (int line = 1; draft.source.LineBegin(line) < text.size(); ++line) {
    const std::size_t begin = draft.source.LineBegin(line);
    const std::size_t end = text.find('\n', begin);
    std::size_t hash = begin + draft.source.IndentOf(line);
    if (text[hash] != '#') {
      hash = text.find(" #", begin);
      if (hash == text.npos || hash >= end) continue;
    }
    const std::string comment = text.substr(hash, end - hash);
    if (std::string masked = Masked(comment, draft.ledger); masked != comment) {
      draft.Change(line, "", "a secret in a comment is masked");
      edits.push_back({hash, end, std::move(masked)});
    }
  }
  draft.Apply(std::move(edits), "comments");
}

// The errors that are left are for a person.
bool CheckResult(Draft& draft) {
  const auto loaded = tmpl::Template::Load(draft.source.text(), "import");
  for (const tmpl::Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.severity != tmpl::Severity::kError) continue;
    // A question of our own makes the dialect's about the same place superfluous.
    const bool asked = std::ranges::any_of(draft.findings, [&](const Finding& finding) {
      return finding.kind == Finding::Kind::kDecision &&
             (finding.line == draft.source.OriginOf(diagnostic.line) ||
              (!finding.path.empty() && finding.path == diagnostic.path));
    });
    if (!asked) draft.Decide(std::max(diagnostic.line, 1), diagnostic.path, diagnostic.message);
  }
  return loaded.value != nullptr;
}

// In order of line, each once.
std::vector<Finding> Tidy(std::vector<Finding> findings) {
  auto key = [](const Finding& f) { return std::tie(f.line, f.path, f.message); };
  std::ranges::stable_sort(findings, {}, &Finding::line);
  std::vector<Finding> out;
  for (Finding& finding : findings) {
    const bool known =
        std::ranges::any_of(out, [&](const Finding& other) { return key(other) == key(finding); });
    if (!known) out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace

std::size_t Imported::CountOf(Finding::Kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(findings, kind, &Finding::kind));
}

Draft::Draft(SourceText text, const Folder& where, const ImportInput& input)
    : source(std::move(text)),
      folder(where),
      env_name(input.env_name),
      env(ParseEnvFile(input.env.value_or(""))),
      variables(env, ledger) {}

void Draft::Change(int line, std::string path, std::string message) {
  findings.push_back(
      {Finding::Kind::kChange, source.OriginOf(line), std::move(path), std::move(message)});
}

void Draft::Decide(int line, std::string path, std::string message) {
  findings.push_back(
      {Finding::Kind::kDecision, source.OriginOf(line), std::move(path), std::move(message)});
}

void Draft::Apply(std::vector<Edit> edits, std::string_view what) {
  if (edits.empty() || source.Apply(std::move(edits))) return;
  Decide(1, "",
         std::string(what) +
             ": written in a way that cannot be rewritten line by line; change "
             "them by hand");
}

std::expected<Imported, tmpl::Diagnostic> Import(const ImportInput& input, const Folder& folder) {
  auto source = SourceText::Make(input.text);
  if (!source) return std::unexpected(source.error());
  if (auto refusal = WhyNot(*source)) return std::unexpected(*refusal);
  Draft draft(std::move(*source), folder, input);
  for (int line : draft.env.unreadable)
    draft.Decide(
        1, "",
        input.env_name + " line " + std::to_string(line) + " is not NAME=value: it is left out");
  SettleProfiles(draft);
  Survey(draft);
  RewriteValues(draft);
  InlineEnvFiles(draft);
  InlineFiles(draft);
  RewriteMounts(draft);
  RewritePorts(draft);
  DropKeys(draft);
  MaskComments(draft);
  AddSections(draft);
  Imported out;
  out.loads = CheckResult(draft);
  out.text = draft.source.text();
  out.findings = Tidy(std::move(draft.findings));
  return out;
}

}  // namespace kl::importer
