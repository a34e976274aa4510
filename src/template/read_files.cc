// Files mounted read-only: configs, secrets, x-kuberlogic-file-configs.
#include <array>
#include <charconv>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

// The content travels with the instance's definition, so it is bounded.
constexpr std::size_t kFileBytesMax = 512 << 10;

// A config or secret of the top level.
struct Definition {
  std::optional<std::string> content;
  bool ok = true;
};

void ReadContent(const Cursor& at, Definition& out) {
  out.content = at.Text();
  out.ok = out.ok && out.content;
  if (out.content && out.content->size() > kFileBytesMax) {
    at.Error("the content is larger than 512 KiB: put it into the image");
    out.ok = false;
  }
}

// In a Compose file the name of a variable of the vendor's shell; here, of a parameter.
void ReadVariable(const Cursor& at, Definition& out) {
  const std::string& name = at.node().scalar;
  const ValueMap* parameters = at.session().data.as_map()->at("Parameters").as_map();
  auto it = parameters->find(name);
  if (at.node().is_scalar() && it != parameters->end() && !it->second.is_null()) {
    out.content = ToText(it->second);
    return;
  }
  out.ok = false;
  at.Error("'" + name.substr(0, 100) +
           "' has no value: declare it under x-kuberlogic-parameters with a default");
}

constexpr std::string_view kInline =
    "nothing is read from the vendor's disk: inline it as `content`, or let `kuberlogic template "
    "import` do it";
constexpr std::string_view kOwn = "every instance has its own; inline it as `content`";

constexpr std::array kDefinitionRules = {
    KeyRule<Definition>{"content", ReadContent},
    RefuseKey<Definition>("driver", kOwn),
    KeyRule<Definition>{"environment", ReadVariable},
    RefuseKey<Definition>("external", kOwn),
    RefuseKey<Definition>("file", kInline),
    NoteKey<Definition>("labels", "it is a file of the instance"),
    NoteKey<Definition>("name", "it is a file of the instance"),
    RefuseKey<Definition>("template_driver", "expressions {{ }} work in `content` anyway"),
};

using Files = std::map<std::string, SecretString, std::less<>>;

void ReadDefinitions(const Cursor& at, Files& out) {
  if (at.node().is_null() || !at.ExpectMapping()) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    Definition definition;
    ReadKeys<Definition>(item, kDefinitionRules, definition);
    const bool refused = item.node().Find("file") || item.node().Find("external");
    if (!definition.content && definition.ok && !refused && item.node().is_mapping())
      item.Error("it has no `content`");
    // Also after an error, so that its users are not reported as well.
    out[entry.key] = SecretString(std::move(definition.content).value_or(""));
  }
}

// "0440", "0o440": octal, as Compose writes it.
void ReadMode(const Cursor& at, FileReference& file) {
  auto text = at.NonEmptyText();
  if (!text) return;
  std::string_view digits = *text;
  const bool octal = digits.starts_with('0');
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  std::uint32_t mode = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
  if (!octal || error != std::errc() || end != digits.data() + digits.size() || mode > 0777)
    return at.Error("a mode such as 0440 is wanted here, not " + at.Shown());
  file.mode = mode;
}
void ReadSource(const Cursor& at, FileReference& file) {
  file.source = at.NonEmptyText().value_or("");
}
void ReadTarget(const Cursor& at, FileReference& file) {
  file.path = at.NonEmptyText().value_or("");
}

constexpr std::array kReferenceRules = {
    NoteKey<FileReference>("gid", "the file is readable by all in the container"),
    KeyRule<FileReference>{"mode", ReadMode},
    KeyRule<FileReference>{"source", ReadSource},
    KeyRule<FileReference>{"target", ReadTarget},
    NoteKey<FileReference>("uid", "the file is readable by all in the container"),
};

// A name alone, or source, target and mode.
void ReadReferences(const Cursor& at, bool is_secret, ServiceDraft& service) {
  if (at.node().is_null() || !at.ExpectList("a list of names")) return;
  const std::string folder = is_secret ? "/run/secrets/" : "/";
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    FileReference file;
    file.is_secret = is_secret;
    file.mark = item.mark();
    if (item.node().is_mapping())
      ReadKeys<FileReference>(item, kReferenceRules, file);
    else
      file.source = item.NonEmptyText().value_or("");
    if (file.source.empty()) {
      if (item.node().is_mapping() && !item.node().Find("source"))
        item.Error("`source` is missing");
      continue;
    }
    if (file.path.empty()) file.path = file.source;
    if (!file.path.starts_with('/')) file.path = folder + file.path;
    service.files.push_back(std::move(file));
  }
}

}  // namespace

void ReadConfigs(const Cursor& at, AppDraft& app) { ReadDefinitions(at, app.configs); }
void ReadSecrets(const Cursor& at, AppDraft& app) { ReadDefinitions(at, app.secrets); }
void ReadServiceConfigs(const Cursor& at, ServiceDraft& service) {
  ReadReferences(at, false, service);
}
void ReadServiceSecrets(const Cursor& at, ServiceDraft& service) {
  ReadReferences(at, true, service);
}

// Rendered like every other text: a `$` of a configuration language is written `$$`.
void ReadFileConfigs(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null() || !at.ExpectMapping("a mapping from path to content")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (!entry.key.starts_with('/') || entry.key.ends_with('/')) {
      item.Error("an absolute path of a file is wanted here, not '" + entry.key.substr(0, 100) +
                 "'");
      continue;
    }
    Definition definition;
    ReadContent(item, definition);
    if (definition.content)
      service.member.files.push_back({entry.key, SecretString(std::move(*definition.content))});
  }
}

}  // namespace kl::tmpl
