// `env_file`: its values are written under `environment`, where a template has them.
#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/yaml_scalar.h"

namespace kl::importer {
namespace {

class Inliner {
 public:
  Inliner(Draft& draft, const tmpl::Entry& service) : draft_(draft), service_(service) {}

  void Run(const tmpl::Entry& entry, std::vector<Edit>& edits) {
    path_ = "services." + service_.key + ".env_file";
    line_ = entry.mark.line;
    std::vector<std::pair<std::string, std::string>> lines;
    bool complete = true;
    for (const EnvFileName& file : EnvFileNames(*entry.value)) complete &= Read(file, lines);
    if (!complete) return;
    const tmpl::Node& service = *service_.value;
    if (draft_.source.IsFlow(service)) {
      draft_.Decide(line_, path_,
                    "the service is written in brackets: write it in lines, then import again");
      return;
    }
    draft_.Change(line_, path_,
                  std::to_string(lines.size()) +
                      " settings are written under `environment`: nothing "
                      "is read from the vendor's disk");
    edits.push_back(draft_.source.RemoveEntry(service, entry));
    Insert(lines, edits);
  }

 private:
  // False after leaving it to a person.
  bool Read(const EnvFileName& file, std::vector<std::pair<std::string, std::string>>& lines) {
    const SourceFile found = draft_.folder.Look(file.path);
    if (found.kind == SourceFile::Kind::kMissing && !file.required) return true;
    if (found.kind != SourceFile::Kind::kFile || found.too_large) {
      draft_.Decide(line_, path_,
                    "'" + file.path +
                        "' cannot be read: put it there and import again, or write its settings "
                        "under `environment`");
      return false;
    }
    const EnvFile parsed = ParseEnvFile(found.content);
    for (int line : parsed.unreadable)
      draft_.Decide(
          line_, path_,
          file.path + " line " + std::to_string(line) + " is not NAME=value: it is left out");
    for (const Variable& variable : parsed.variables) {
      if (&variable != parsed.Find(variable.name)) continue;
      std::vector<VariableUse> uses;
      std::string value =
          variable.literal ? variable.value : draft_.variables.Resolve(variable.value, uses);
      for (const VariableUse& use : uses)
        if (use.from == VariableUse::From::kNothing) draft_.ledger.AddParameter(use.name, false);
      const Place place{path_, variable.name, false};
      value = MarkText(draft_, value, place);
      const std::string told = Explain(draft_, value, line_, path_);
      if (!told.empty()) draft_.Change(line_, path_, variable.name + ": " + told);
      std::erase_if(lines, [&](const auto& known) { return known.first == variable.name; });
      lines.emplace_back(variable.name, draft_.ledger.Finish(value));
    }
    return true;
  }

  // What `environment` says already is stronger.
  void Insert(std::vector<std::pair<std::string, std::string>> lines, std::vector<Edit>& edits) {
    const SourceText& source = draft_.source;
    const tmpl::Entry* environment = FindEntry(*service_.value, "environment");
    const bool usable = environment && !environment->value->is_null();
    std::set<std::string> known;
    if (usable) {
      for (const tmpl::Entry& entry : environment->value->entries) known.insert(entry.key);
      for (const tmpl::Node* item : environment->value->items)
        known.insert(item->scalar.substr(0, item->scalar.find('=')));
    }
    std::erase_if(lines, [&](const auto& line) { return known.contains(line.first); });
    if (lines.empty()) return;
    const tmpl::Entry& first = service_.value->entries.front();
    const bool in_place = usable && !source.IsFlow(*environment->value) &&
                          source.OffsetOf(environment->mark) >= source.OffsetOf(service_.mark);
    const bool list = in_place && environment->value->is_sequence();
    std::string out;
    std::size_t indent = static_cast<std::size_t>(first.mark.column) + 1;
    if (in_place) indent = source.IndentOf(environment->value->begin.line);
    if (!environment) out = std::string(indent - 2, ' ') + "environment:\n";
    for (const auto& [name, value] : lines) {
      out += std::string(indent, ' ');
      out += list ? "- " + WriteScalar(name + "=" + value, {'"'})
                  : name + ": " + WriteScalar(value, {'"'});
      out += '\n';
    }
    int before = source.LastLineOf(service_.mark, false) + 1;
    if (environment)
      before = in_place ? environment->value->begin.line : environment->mark.line + 1;
    const std::size_t at = source.LineBegin(before);
    if (usable && !in_place) {
      draft_.Decide(line_, path_,
                    "`environment` is shared or written in brackets: write it in lines of this "
                    "service, then import again");
      return;
    }
    edits.push_back({at, at, out});
  }

  Draft& draft_;
  const tmpl::Entry& service_;
  std::string path_;
  int line_ = 0;
};

}  // namespace

std::vector<EnvFileName> EnvFileNames(const tmpl::Node& node) {
  std::vector<EnvFileName> out;
  auto add = [&](const tmpl::Node& item) {
    if (item.is_scalar() && !item.scalar.empty()) out.push_back({item.scalar});
    if (item.is_mapping() && !TextOf(item, "path").empty())
      out.push_back({TextOf(item, "path"), TextOf(item, "required") != "false"});
  };
  add(node);
  for (const tmpl::Node* item : node.items) add(*item);
  return out;
}

void InlineEnvFiles(Draft& draft) {
  std::vector<Edit> edits;
  std::set<const tmpl::Node*> seen;
  for (const tmpl::Entry& service : Services(draft)->entries) {
    const tmpl::Entry* entry = FindEntry(*service.value, "env_file");
    if (entry && seen.insert(entry->value).second) Inliner(draft, service).Run(*entry, edits);
  }
  draft.Apply(std::move(edits), "env_file");
}

}  // namespace kl::importer
