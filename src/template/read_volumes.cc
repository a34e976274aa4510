// Volumes, of the instance and of a service.
#include <array>

#include "template/app_draft.h"
#include "template/duration.h"

namespace kl::tmpl {
namespace {

constexpr std::string_view kBind =
    "a path of the host is not supported: use a named volume for data, "
    "x-kuberlogic-file-configs for small files, or the image";

// A volume becomes a directory of the same name.
bool IsVolumeName(std::string_view name) {
  constexpr std::string_view kFirst =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::string_view kRest =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.size() <= 63 && kFirst.find(name[0]) != kFirst.npos &&
         name.find_first_not_of(kRest) == name.npos;
}

bool IsHostPath(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~') ||
         source.find('/') != source.npos || source.find('\\') != source.npos;
}

// "/a/b" without a final slash; nullopt after reporting.
std::optional<std::string> ContainerPath(const Cursor& at, std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with('/') || path == "/" || path.find("/../") != path.npos ||
      path.ends_with("/..")) {
    at.Error("an absolute path in the container is wanted here, not " + at.Shown());
    return std::nullopt;
  }
  return std::string(path);
}

// Names come from expressions too, so this holds at every render, not only at the check: no
// parameter can become a path of the host.
void AddMount(const Cursor& at, VolumeMount mount, ServiceDraft& service) {
  if (IsHostPath(mount.volume)) return at.Error(std::string(kBind));
  if (!IsVolumeName(mount.volume))
    return at.Error("not a volume's name: use letters, digits, '-', '_' and '.'");
  service.mounts.push_back({std::move(mount), at.mark()});
}

// volume:/path[:option,...]
void ReadShort(const Cursor& at, ServiceDraft& service) {
  auto given = at.NonEmptyText();
  if (!given) return;
  std::string_view text = *given;
  const std::size_t colon = text.find(':');
  if (colon == text.npos) {
    if (IsHostPath(text))
      return at.Error("a volume without a name is lost with its container: name it, as in data:" +
                      at.node().scalar + ", and declare it under the top-level `volumes`");
    return at.Error("a volume and a path are wanted here (data:/var/lib/data), not " + at.Shown());
  }
  std::string_view path = text.substr(colon + 1);
  std::string_view options;
  if (std::size_t second = path.find(':'); second != path.npos) {
    options = path.substr(second + 1);
    path = path.substr(0, second);
  }
  VolumeMount mount{std::string(text.substr(0, colon)), "", false};
  while (!options.empty()) {
    std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    if (option == "ro")
      mount.read_only = true;
    else if (option != "rw" && option != "z" && option != "Z")
      return at.Error("unknown option of a volume in " + at.Shown() + ": ro and rw are known");
  }
  if (IsHostPath(mount.volume)) return at.Error(std::string(kBind));
  auto target = ContainerPath(at, path);
  if (!target) return;
  mount.path = std::move(*target);
  AddMount(at, std::move(mount), service);
}

// A mount in its long form, while it is read.
struct LongMount {
  std::string type;
  VolumeMount mount;
  std::int64_t tmpfs_bytes = TmpfsMount{}.bytes;
  bool ok = true;
};

void ReadType(const Cursor& at, LongMount& out) {
  out.type = at.Text().value_or("");
  out.ok = out.ok && !out.type.empty();
}
void ReadSource(const Cursor& at, LongMount& out) {
  auto text = at.Text();
  out.ok = out.ok && text;
  out.mount.volume = text.value_or("");
}
void ReadTarget(const Cursor& at, LongMount& out) {
  auto text = at.Text();
  auto path = text ? ContainerPath(at, *text) : std::nullopt;
  out.ok = out.ok && path;
  out.mount.path = path.value_or("");
}
void ReadMountReadOnly(const Cursor& at, LongMount& out) {
  out.mount.read_only = at.Bool().value_or(false);
}
// `tmpfs: {size: ...}` of the long form.
void ReadTmpfsSize(const Cursor& at, LongMount& out) {
  auto text = at.NonEmptyText();
  auto bytes = text ? ParseBytes(*text) : std::nullopt;
  if (text && !bytes) at.Error("a size such as 64m is wanted here, not " + at.Shown());
  out.tmpfs_bytes = bytes.value_or(out.tmpfs_bytes);
}

constexpr std::array kTmpfsRules = {
    NoteKey<LongMount>("mode", "it is writable by all, as /tmp is"),
    KeyRule<LongMount>{"size", ReadTmpfsSize},
};
constexpr std::array kVolumeRules = {
    NoteKey<LongMount>("nocopy", "an empty volume is filled from the image at the first start"),
    RefuseKey<LongMount>("subpath", "name a volume of its own for each directory"),
};
constexpr std::array kLongRules = {
    RefuseKey<LongMount>("bind", kBind),
    NoteKey<LongMount>("consistency", "it is a matter of the machine"),
    KeyRule<LongMount>{"read_only", ReadMountReadOnly},
    KeyRule<LongMount>{"source", ReadSource},
    KeyRule<LongMount>{"target", ReadTarget},
    KeyRule<LongMount>{"tmpfs", [](const Cursor& at,
                                   LongMount& out) { ReadKeys<LongMount>(at, kTmpfsRules, out); }},
    KeyRule<LongMount>{"type", ReadType},
    KeyRule<LongMount>{
        "volume",
        [](const Cursor& at, LongMount& out) { ReadKeys<LongMount>(at, kVolumeRules, out); }},
};

// Which fields are wanted depends on the type, which may stand last.
void ReadLong(const Cursor& at, ServiceDraft& service) {
  LongMount out;
  ReadKeys<LongMount>(at, kLongRules, out);
  if (!out.ok) return;
  if (out.type == "bind") return at.Error(std::string(kBind));
  if (out.type != "volume" && out.type != "tmpfs")
    return at.Error("the mount's `type` is volume or tmpfs");
  if (out.mount.path.empty()) return at.Error("the mount has no `target`");
  if (out.type == "tmpfs")
    service.member.tmpfs.push_back({std::move(out.mount.path), out.tmpfs_bytes});
  else if (out.mount.volume.empty())
    at.Error("the mount has no `source`: name a volume declared under the top-level `volumes`");
  else
    AddMount(at, std::move(out.mount), service);
}

// /path[:size=64m,...]
void ReadTmpfsItem(const Cursor& at, ServiceDraft& service) {
  auto given = at.NonEmptyText();
  if (!given) return;
  std::string_view text = *given;
  std::string_view options;
  if (std::size_t colon = text.find(':'); colon != text.npos) {
    options = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  auto path = ContainerPath(at, text);
  if (!path) return;
  TmpfsMount mount{std::move(*path)};
  while (!options.empty()) {
    std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    if (!option.starts_with("size=")) continue;  // mode, uid and the like: writable by all
    auto bytes = ParseBytes(option.substr(5));
    if (!bytes) return at.Error("a size such as size=64m is wanted here, not " + at.Shown());
    mount.bytes = *bytes;
  }
  service.member.tmpfs.push_back(std::move(mount));
}

struct VolumeOptions {};

void ReadDriver(const Cursor& at, VolumeOptions&) {
  auto text = at.Text();
  if (text && *text != "local" && !text->empty())
    at.Error("only the driver `local` is known: remove the key");
}
// {type: none, o: bind, device: /path} is a bind mount by another name.
void ReadDriverOptions(const Cursor& at, VolumeOptions&) {
  if (at.node().is_mapping() && at.node().Find("device"))
    at.Error("a path or device of the host is not supported: remove `driver_opts`");
  else if (at.session().notes)
    at.Note("'driver_opts' has no effect: a volume is a directory of the instance's storage");
}

// What a volume may say at the top level.
constexpr std::array kTopRules = {
    KeyRule<VolumeOptions>{"driver", ReadDriver},
    KeyRule<VolumeOptions>{"driver_opts", ReadDriverOptions},
    RefuseKey<VolumeOptions>("external", "every instance has volumes of its own; remove it"),
    NoteKey<VolumeOptions>("labels", "a volume is a directory of the instance's storage"),
    NoteKey<VolumeOptions>("name", "volumes are named by instance"),
};

}  // namespace

void ReadVolumeMounts(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null() || !at.ExpectList("a list of volumes")) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    if (item.node().is_mapping())
      ReadLong(item, service);
    else
      ReadShort(item, service);
  }
}

void ReadTmpfs(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_scalar()) return ReadTmpfsItem(at, service);
  if (!at.ExpectList("a path or a list of paths")) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) ReadTmpfsItem(Cursor(at, i), service);
}

void ReadVolumes(const Cursor& at, AppDraft& app) {
  if (at.node().is_null() || !at.ExpectMapping("a mapping of volumes")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (!IsVolumeName(entry.key)) {
      item.Error("not a volume's name: use letters, digits, '-', '_' and '.', at most 63");
      continue;
    }
    VolumeOptions options;
    if (!item.node().is_null()) ReadKeys<VolumeOptions>(item, kTopRules, options);
    app.volumes.emplace(entry.key, entry.mark);
    app.volume_order.push_back(entry.key);
  }
}

}  // namespace kl::tmpl
