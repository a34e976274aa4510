// Top-level `configs` and `secrets`: what came from a file or a shell stands in the template.
#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/yaml_scalar.h"

namespace kl::importer {
namespace {

class Definitions {
 public:
  Definitions(Draft& draft, bool secrets, std::vector<Edit>& edits)
      : draft_(draft), secrets_(secrets), edits_(edits) {}

  void Run(const tmpl::Entry& section) {
    for (const tmpl::Entry& definition : section.value->entries) {
      if (!definition.value->is_mapping()) continue;
      path_ = section.key + "." + definition.key;
      if (const tmpl::Entry* file = FindEntry(*definition.value, "file"))
        FromFile(definition, *file);
      else if (const tmpl::Entry* variable = FindEntry(*definition.value, "environment"))
        FromVariable(definition, *variable);
      else if (const tmpl::Entry* external = FindEntry(*definition.value, "external"))
        if (secrets_) Secret(definition, *external, "");
    }
  }

 private:
  void FromFile(const tmpl::Entry& definition, const tmpl::Entry& entry) {
    const SourceFile file = draft_.folder.Look(entry.value->scalar);
    const bool readable = file.kind == SourceFile::Kind::kFile && !file.too_large;
    // A secret's old value is not needed, so its file may be missing.
    if (secrets_ && !file.content.contains("CERTIFICATE-----")) {
      std::string value = file.content;
      while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
      return Secret(definition, entry, value);
    }
    if (!readable || secrets_)
      return draft_.Decide(entry.mark.line, path_,
                           "'" + entry.value->scalar + "' " +
                               (readable ? "holds a certificate" : "cannot be read here") +
                               ": write what every instance shall have under `content`");
    draft_.Change(entry.mark.line, path_,
                  "the content of " + entry.value->scalar +
                      " is written here: nothing is read from the vendor's disk");
    Replace(definition, entry, FinishContent(draft_, file.content));
  }

  void FromVariable(const tmpl::Entry& definition, const tmpl::Entry& entry) {
    std::vector<VariableUse> uses;
    const std::string name = entry.value->scalar;
    const std::string value = draft_.variables.Value(name, uses);
    if (secrets_) return Secret(definition, entry, draft_.ledger.Unmask(value));
    if (!draft_.variables.IsSet(name))
      draft_.Decide(
          entry.mark.line, path_,
          name + " has no value in " + draft_.env_name + ": give the parameter of that name one");
    else
      draft_.Change(entry.mark.line, path_, "the value of " + name + " is written here");
    Replace(definition, entry, draft_.ledger.Finish(MarkText(draft_, value, {path_, name, false})));
  }

  void Secret(const tmpl::Entry& definition, const tmpl::Entry& entry, const std::string& value) {
    const int number = value.empty() ? draft_.ledger.AddUnknown(definition.key)
                                     : draft_.ledger.Add(definition.key, value);
    const std::string token = Ledger::SecretToken(number);
    draft_.Change(entry.mark.line, path_, Explain(draft_, token, entry.mark.line, path_));
    Replace(definition, entry, draft_.ledger.Finish(token));
  }

  void Replace(const tmpl::Entry& definition, const tmpl::Entry& entry,
               const std::string& content) {
    const SourceText& source = draft_.source;
    const bool flow = source.IsFlow(*definition.value);
    const std::size_t begin = source.OffsetOf(entry.mark);
    const std::size_t indent = static_cast<std::size_t>(entry.mark.column) + 1;
    const bool lines = !flow && content.contains('\n');
    const std::size_t end = flow ? source.InlineEnd(*entry.value)
                                 : source.LineBegin(source.LastLineOf(entry.mark, false) + 1);
    std::string text = "content: ";
    text += lines ? WriteBlock(content, indent) : WriteScalar(content, {'"', flow});
    if (!flow && !lines) text += '\n';
    edits_.push_back({begin, end, text});
  }

  Draft& draft_;
  const bool secrets_;
  std::vector<Edit>& edits_;
  std::string path_;
};

}  // namespace

void InlineFiles(Draft& draft) {
  std::vector<Edit> edits;
  for (const tmpl::Entry& section : draft.source.root().entries)
    if (section.key == "configs" || section.key == "secrets")
      Definitions(draft, section.key == "secrets", edits).Run(section);
  draft.Apply(std::move(edits), "configs and secrets");
}

}  // namespace kl::importer
