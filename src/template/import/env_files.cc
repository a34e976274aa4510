// `env_file`: its values are written under `environment`, where a template has them.
#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/yaml_scalar.h"

namespace kl::importer {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The bytes of the text an entry fills.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool Holds(std::size_t at) const { return at >= begin && at < end; }
};

Extent ExtentOf(const SourceText& source, const tmpl::Entry& entry) {
  return {source.OffsetOf(entry.mark), source.LineBegin(source.LastLineOf(entry.mark, false) + 1)};
}

// The innermost entry whose own text holds the byte and whose value is a mapping: a service, or the
// anchor it is merged from.
const tmpl::Entry* OwnerOf(const SourceText& source, const tmpl::Node& node, std::size_t at) {
  for (const tmpl::Entry& entry : node.entries) {
    const Extent extent = ExtentOf(source, entry);
    if (!entry.value->is_mapping() || !extent.Holds(at) || extent.begin == at) continue;
    const tmpl::Entry* inner = OwnerOf(source, *entry.value, at);
    return inner ? inner : &entry;
  }
  return nullptr;
}

class Inliner {
 public:
  Inliner(Draft& draft, const tmpl::Entry& service, std::vector<Edit>& edits)
      : draft_(draft), service_(service), edits_(edits) {}

  // `again`: another service has the same entry, which is replaced already.
  void Run(const tmpl::Entry& entry, bool again) {
    again_ = again;
    path_ = "services." + service_.key + ".env_file";
    line_ = entry.mark.line;
    Settings settings;
    bool complete = true;
    for (const EnvFileName& file : EnvFileNames(*entry.value)) complete &= Read(file, settings);
    if (!complete) return;
    const SourceText& source = draft_.source;
    const std::size_t at = source.OffsetOf(entry.mark);
    const tmpl::Entry* owner = OwnerOf(source, source.root(), at);
    if (!owner || source.IsFlow(*owner->value))
      return Decide("it stands in brackets: write them in lines, then import again");
    if (!again) {
      Change(std::to_string(settings.size()) +
             " settings are written under `environment`: nothing is read from the vendor's disk");
      edits_.push_back(source.RemoveEntry(*owner->value, entry));
      Insert(*owner, settings);
    }
    // What a service says itself stands in place of all that it would get from an anchor.
    if (owner->value != service_.value && OwnEnvironment(service_)) Insert(service_, settings);
  }

 private:
  void Change(std::string message) {
    if (!again_) draft_.Change(line_, path_, std::move(message));
  }
  void Decide(std::string message) {
    if (!again_) draft_.Decide(line_, path_, std::move(message));
  }

  // False after leaving it to a person.
  bool Read(const EnvFileName& file, Settings& settings) {
    const SourceFile found = draft_.folder.Look(file.path);
    if (found.kind == SourceFile::Kind::kMissing && !file.required) return true;
    if (found.kind != SourceFile::Kind::kFile || found.too_large) {
      Decide("'" + file.path +
             "' cannot be read: put it there and import again, or write its settings under "
             "`environment`");
      return false;
    }
    const EnvFile parsed = ParseEnvFile(found.content);
    for (int line : parsed.unreadable)
      Decide(file.path + " line " + std::to_string(line) + " is not NAME=value: it is left out");
    for (const Variable& variable : parsed.variables)
      if (&variable == parsed.Find(variable.name)) Take(variable, settings);
    return true;
  }

  void Take(const Variable& variable, Settings& settings) {
    std::vector<VariableUse> uses;
    std::string value = draft_.variables.ValueOf(variable, uses);
    for (const VariableUse& use : uses)
      if (use.from == VariableUse::From::kNothing) draft_.ledger.AddParameter(use.name, false);
    value = MarkText(draft_, value, {path_, variable.name, false});
    const std::string told = Explain(draft_, value, line_, path_);
    if (!told.empty()) Change(variable.name + ": " + told);
    std::erase_if(settings, [&](const auto& known) { return known.first == variable.name; });
    settings.emplace_back(variable.name, draft_.ledger.Finish(value));
  }

  // The service's or anchor's `environment`, if it stands in its own text.
  const tmpl::Entry* OwnEnvironment(const tmpl::Entry& home) const {
    const tmpl::Entry* environment = FindEntry(*home.value, "environment");
    const bool own = environment &&
                     ExtentOf(draft_.source, home).Holds(draft_.source.OffsetOf(environment->mark));
    return own ? environment : nullptr;
  }

  // What `environment` says already is stronger.
  void Insert(const tmpl::Entry& home, Settings settings) {
    const SourceText& source = draft_.source;
    const tmpl::Entry* environment = OwnEnvironment(home);
    const tmpl::Entry* any = FindEntry(*home.value, "environment");
    const bool usable = any && !any->value->is_null();
    if (usable) {
      std::set<std::string> known;
      for (const tmpl::Entry& entry : any->value->entries) known.insert(entry.key);
      for (const tmpl::Node* item : any->value->items)
        known.insert(item->scalar.substr(0, item->scalar.find('=')));
      std::erase_if(settings, [&](const auto& line) { return known.contains(line.first); });
      // An alias stands on the line of its key, what it names does not.
      if (!environment || source.IsFlow(*any->value) ||
          source.OffsetOf(any->value->begin) < source.OffsetOf(any->mark))
        return Decide("`environment` is shared or written in brackets: write it in lines of " +
                      home.key + ", then import again");
    }
    if (settings.empty()) return;
    const bool list = usable && any->value->is_sequence();
    std::size_t indent = source.IndentBelow(home.mark) + 2;
    if (usable) indent = source.IndentOf(any->value->begin.line);
    std::string out = environment ? "" : std::string(indent - 2, ' ') + "environment:\n";
    for (const auto& [name, value] : settings) {
      out += std::string(indent, ' ');
      out += list ? "- " + WriteScalar(name + "=" + value, {'"'})
                  : name + ": " + WriteScalar(value, {'"'});
      out += '\n';
    }
    std::size_t at = ExtentOf(source, home).end;
    if (environment)
      at = source.LineBegin(usable ? any->value->begin.line : environment->mark.line + 1);
    edits_.push_back({at, at, out});
  }

  Draft& draft_;
  const tmpl::Entry& service_;
  std::vector<Edit>& edits_;
  std::string path_;
  int line_ = 0;
  bool again_ = false;
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
  for (const tmpl::Entry& service : Services(draft)->entries)
    if (const tmpl::Entry* entry = FindEntry(*service.value, "env_file"))
      Inliner(draft, service, edits).Run(*entry, !seen.insert(entry->value).second);
  draft.Apply(std::move(edits), "env_file");
}

}  // namespace kl::importer
