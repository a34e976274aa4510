// `volumes` of a service: nothing of the vendor's disk is there at run time, so a file's content
// moves into the template and a directory of data becomes a named volume.
#include <algorithm>
#include <array>

#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/yaml_scalar.h"

namespace kl::importer {
namespace {

// One mount of the source, in either form.
struct Mount {
  const tmpl::Node* item = nullptr;
  std::string type;    // "bind", "volume", ""
  std::string source;  // empty: anonymous
  std::string target;
  bool read_only = false;
};

bool IsHostPath(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~') ||
         source.contains('/');
}

Mount ShortMount(const tmpl::Node& item) {
  Mount out{&item};
  std::string_view text = item.scalar;
  const std::size_t colon = text.find(':');
  if (colon == text.npos) {
    out.target = text;
    return out;
  }
  out.source = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  const std::size_t second = text.find(':');
  out.target = text.substr(0, second);
  if (second != text.npos)
    out.read_only = ("," + std::string(text.substr(second + 1)) + ",").contains(",ro,");
  out.type = IsHostPath(out.source) ? "bind" : "volume";
  return out;
}

Mount MountOf(const tmpl::Node& item) {
  if (!item.is_mapping()) return ShortMount(item);
  return {&item, TextOf(item, "type"), TextOf(item, "source"), TextOf(item, "target"),
          TextOf(item, "read_only") == "true"};
}

std::string_view LastPart(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

bool HasFileEnding(std::string_view path) {
  constexpr std::array<std::string_view, 22> kEndings = {
      ".conf", ".cfg", ".cnf", ".ini",  ".yml", ".yaml",      ".json", ".toml",
      ".xml",  ".sql", ".sh",  ".env",  ".pem", ".crt",       ".key",  ".list",
      ".php",  ".js",  ".py",  ".html", ".txt", ".properties"};
  return std::ranges::any_of(
      kEndings, [&](std::string_view ending) { return LastPart(path).ends_with(ending); });
}

// Where programs look for configuration, not for what they store.
bool IsConfigTarget(std::string_view target) {
  return target.starts_with("/etc/") || target.contains("initdb.d") || target.contains("conf.d") ||
         target.contains("/config");
}

// What is the same on every machine and never an application's own.
bool IsOfMachine(std::string_view path) {
  constexpr std::array<std::string_view, 10> kRoots = {
      "/proc", "/sys", "/dev",        "/run",       "/var/run",
      "/boot", "/lib", "/etc/passwd", "/etc/group", "/etc/hosts"};
  return path == "/" || std::ranges::any_of(kRoots, [&](std::string_view root) {
           return path.starts_with(root) &&
                  (path.size() == root.size() || path[root.size()] == '/');
         });
}

// Text that YAML and a container take as it is.
bool IsText(std::string_view content) {
  for (char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7f) return false;
  }
  return true;
}

std::string VolumeName(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      (!out.empty() && (c == '_' || c == '-' || c == '.'));
    if (word) out += c;
  }
  return out.empty() ? "data" : out.substr(0, 50);
}

class ServiceMounts {
 public:
  ServiceMounts(Draft& draft, const tmpl::Entry& service, std::vector<Edit>& edits)
      : draft_(draft), service_(service), edits_(edits) {}

  // `again`: another service has the same list, which is rewritten already; only the files that go
  // into the service itself are left to do.
  void Run(const tmpl::Entry& volumes, bool again) {
    again_ = again;
    const std::size_t edits_before = edits_.size();
    path_ = "services." + service_.key + ".volumes";
    for (const tmpl::Node* item : volumes.value->items) {
      const Mount mount = MountOf(*item);
      line_ = item->begin.line;
      if (again && mount.type != "bind") continue;
      if (mount.type == "bind")
        Bind(mount);
      else if (mount.source.empty() && mount.type != "tmpfs" && mount.target.starts_with('/'))
        Anonymous(mount);
    }
    if (again) removed_.clear();
    if (again) edits_.resize(edits_before);
    if (!again && removed_.size() == volumes.value->items.size())
      edits_.push_back(draft_.source.RemoveEntry(*service_.value, volumes));
    else
      for (const tmpl::Node* item : removed_)
        edits_.push_back(draft_.source.RemoveItem(*volumes.value, *item));
    if (files_.empty()) return;
    const std::size_t indent = draft_.source.IndentBelow(service_.mark);
    std::string lines = std::string(indent, ' ') + "x-kuberlogic-file-configs:\n";
    for (const auto& [target, content] : files_)
      lines += std::string(indent + 2, ' ') + WriteScalar(target, {}) + ": " +
               WriteBlock(content, indent + 4);
    if (auto edit = AppendToService(draft_, service_, lines))
      edits_.push_back(std::move(*edit));
    else
      draft_.Decide(service_.mark.line, path_,
                    "the service is written in brackets: write it in lines, then import again");
  }

 private:
  void Change(std::string message) {
    if (!again_) draft_.Change(line_, path_, std::move(message));
  }
  void Decide(std::string message) {
    if (!again_) draft_.Decide(line_, path_, std::move(message));
  }

  void Bind(const Mount& mount) {
    if (mount.source.ends_with(".sock"))
      return Decide(mount.source +
                    " is never given to an instance: it rules the whole machine; "
                    "if the service only finds others by it to route to them, remove the service");
    if (mount.source == "/etc/localtime" || mount.source == "/etc/timezone")
      return Remove(
          mount, mount.source + " dropped: set TZ under `environment` where a time zone matters");
    if (IsSources(mount))
      return Remove(mount, mount.source + " dropped: it is the source code, which the image holds");
    if (IsOfMachine(mount.source))
      return Decide(
          mount.source +
          " belongs to the machine, from which an instance is isolated: remove it, or the "
          "service if all it does is to watch the machine");
    const SourceFile found = draft_.folder.Look(mount.source);
    switch (found.kind) {
      case SourceFile::Kind::kFile: return File(mount, found, mount.source, mount.target);
      case SourceFile::Kind::kDirectory: return Directory(mount, found);
      case SourceFile::Kind::kOther:
        return Decide(mount.source + " cannot be read: put what it holds into the image");
      case SourceFile::Kind::kMissing: break;
    }
    if (HasFileEnding(mount.source) || HasFileEnding(mount.target) || mount.read_only)
      return Decide(mount.source +
                    " is not there: put it beside the file and import again, or write "
                    "it under x-kuberlogic-file-configs");
    Volume(mount, "");
  }

  // What development mounts over the image's own files.
  bool IsSources(const Mount& mount) const {
    const tmpl::Node* build = service_.value->Find("build");
    if (!build || mount.read_only) return false;
    auto clean = [](std::string path) {
      if (path.starts_with("./")) path.erase(0, 2);
      while (path.ends_with('/')) path.pop_back();
      return path.empty() ? std::string(".") : path;
    };
    const std::string context =
        clean(build->is_scalar() ? build->scalar : TextOf(*build, "context"));
    const std::string source = clean(mount.source);
    return source == context || source == "." || source == "src" || source == context + "/src";
  }

  void Directory(const Mount& mount, const SourceFile& found) {
    const bool config = mount.read_only || IsConfigTarget(mount.target);
    if (found.names.empty() && !found.has_directories) return Volume(mount, "");
    if (!config) return Volume(mount, "; what it holds here stays here");
    if (found.has_directories || found.names.size() > kFilesMax)
      return Decide(mount.source + " holds more than " + std::to_string(kFilesMax) +
                    " files or has folders in it: put it into the image");
    for (const std::string& name : found.names) {
      std::string base = mount.source, target = mount.target;
      if (!base.ends_with('/')) base += '/';
      if (!target.ends_with('/')) target += '/';
      File(mount, draft_.folder.Look(base + name), base + name, target + name);
    }
  }

  void File(const Mount& mount, const SourceFile& file, const std::string& source,
            const std::string& target) {
    if (file.content.contains("PRIVATE KEY-----") || file.content.contains("CERTIFICATE-----"))
      return Decide(
          source +
          " holds a key or a certificate, which is not copied: TLS ends before "
          "the instance; for another use write it under x-kuberlogic-file-configs yourself");
    if (file.too_large || !IsText(file.content))
      return Decide(source + (file.too_large ? " is larger than 64 KiB" : " is no text") +
                    ": put it into the image");
    std::string content = file.content;
    std::erase(content, '\r');
    std::string why = source + " is written into the template, read-only";
    const std::string marked = MarkText(draft_, content, {"file", "", false});
    const std::string told = Explain(draft_, marked, line_, path_);
    if (!told.empty()) why += "; in it " + told;
    Remove(mount, why);
    if (file.executable)
      Decide(source +
             " is executable here and is not in an instance: start it with its "
             "interpreter, as in `sh " +
             target + "`, or put it into the image");
    files_.emplace_back(target, draft_.ledger.Finish(marked));
  }

  void Remove(const Mount& mount, const std::string& why) {
    Change(why);
    if (std::ranges::find(removed_, mount.item) == removed_.end()) removed_.push_back(mount.item);
    if (mount.type == "bind") draft_.dropped_binds[service_.key].insert(mount.target);
  }

  void Volume(const Mount& mount, const std::string& more) {
    const std::string name = NameFor(mount.source, LastPart(mount.source));
    Change(mount.source + " becomes the named volume '" + name + "'" + more);
    Rename(mount, name);
  }

  // A volume without a name inside of source code that goes, goes with it.
  void Anonymous(const Mount& mount) {
    for (const std::string& bind : draft_.dropped_binds[service_.key])
      if (mount.target.starts_with(bind))
        return Remove(mount, mount.target + " dropped: the image holds it");
    const std::string name = NameFor(service_.key + ":" + mount.target,
                                     service_.key + "-" + std::string(LastPart(mount.target)));
    Change(mount.target + " gets a name, '" + name +
           "': a volume without one is lost with its container");
    Rename(mount, name);
  }

  // One name per path of the host, so that services which share a directory go on sharing it.
  std::string NameFor(const std::string& source, std::string_view wish) {
    std::string key = source;
    while (key.size() > 1 && key.ends_with('/')) key.pop_back();
    if (auto it = draft_.volumes.find(key); it != draft_.volumes.end()) return it->second;
    std::string name = VolumeName(wish);
    if (!draft_.taken_volumes.insert(name).second) {
      const std::string base = service_.key + "-" + name;
      name = base;
      for (int n = 2; !draft_.taken_volumes.insert(name).second; ++n)
        name = base + "-" + std::to_string(n);
    }
    draft_.volumes.emplace(key, name);
    return name;
  }

  void Rename(const Mount& mount, const std::string& name) {
    const SourceText& source = draft_.source;
    auto replace = [&](const tmpl::Node& node, const std::string& text) {
      edits_.push_back({source.ValueBegin(node), source.InlineEnd(node), text});
    };
    const tmpl::Node& item = *mount.item;
    if (item.is_scalar()) {
      const bool options = mount.read_only;
      return replace(item,
                     WriteScalar(name + ":" + mount.target + (options ? ":ro" : ""), {' ', true}));
    }
    if (const tmpl::Node* type = item.Find("type")) replace(*type, "volume");
    if (const tmpl::Node* from = item.Find("source"))
      replace(*from, name);
    else if (const tmpl::Entry* target = FindEntry(item, "target"))
      edits_.push_back(
          {source.OffsetOf(target->mark), source.OffsetOf(target->mark),
           "source: " + name +
               (source.IsFlow(item)
                    ? ", "
                    : "\n" + std::string(static_cast<std::size_t>(target->mark.column) - 1, ' '))});
    if (const tmpl::Entry* bind = FindEntry(item, "bind"))
      edits_.push_back(source.RemoveEntry(item, *bind));
  }

  Draft& draft_;
  const tmpl::Entry& service_;
  std::vector<Edit>& edits_;
  std::string path_;
  int line_ = 0;
  bool again_ = false;
  std::vector<const tmpl::Node*> removed_;
  std::vector<std::pair<std::string, std::string>> files_;
};

// Under the top-level `volumes`, in brackets or not; at the end of the text when there is none.
Edit Declare(const Draft& draft, const std::vector<std::string>& names) {
  const SourceText& source = draft.source;
  const tmpl::Entry* section = FindEntry(source.root(), "volumes");
  std::string lines = section ? "" : "\nvolumes:\n";
  std::string inline_names;
  std::size_t indent = 2;
  const bool entries = section && !section->value->entries.empty();
  if (entries) indent = static_cast<std::size_t>(section->value->entries.front().mark.column) - 1;
  for (const std::string& name : names) {
    lines += std::string(indent, ' ') + name + ":\n";
    inline_names += (inline_names.empty() ? "" : ", ") + name + ": null";
  }
  if (section && source.IsFlow(*section->value)) {
    const std::size_t at = source.ValueBegin(*section->value) + 1;
    return {at, at, inline_names + (entries ? ", " : "")};
  }
  const std::size_t at = section ? source.LineBegin(source.LastLineOf(section->mark, false) + 1)
                                 : source.text().size();
  return {at, at, lines};
}

}  // namespace

std::optional<Edit> AppendToService(const Draft& draft, const tmpl::Entry& service,
                                    const std::string& lines) {
  if (draft.source.IsFlow(*service.value)) return std::nullopt;
  const std::size_t at = draft.source.LineBegin(draft.source.LastLineOf(service.mark, false) + 1);
  return Edit{at, at, lines};
}

void RewriteMounts(Draft& draft) {
  if (const tmpl::Node* volumes = draft.source.root().Find("volumes"))
    for (const tmpl::Entry& entry : volumes->entries) draft.taken_volumes.insert(entry.key);
  std::vector<Edit> edits;
  std::set<const tmpl::Node*> seen;
  for (const tmpl::Entry& service : Services(draft)->entries) {
    const tmpl::Entry* volumes = FindEntry(*service.value, "volumes");
    if (volumes && volumes->value->is_sequence())
      ServiceMounts(draft, service, edits).Run(*volumes, !seen.insert(volumes->value).second);
  }
  std::vector<std::string> names;
  for (const auto& [source, name] : draft.volumes) names.push_back(name);
  std::ranges::sort(names);
  if (!names.empty()) edits.push_back(Declare(draft, names));
  draft.Apply(std::move(edits), "volumes");
}

}  // namespace kl::importer
