#include "template/dump.h"

#include <algorithm>
#include <functional>

#include "base/hash.h"
#include "domain/quantity.h"
#include "template/go_string.h"

namespace kl::tmpl {
namespace {

using Mask = std::function<std::string(std::string)>;

// A YAML scalar: plain where that cannot be misread.
// Anything else is quoted with escapes, so that a dump is one line per value and byte-exact.
std::string Scalar(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@<> ";
  const bool word = !text.empty() && text.find_first_not_of(kPlain) == text.npos &&
                    ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') ||
                     text[0] == '/' || text[0] == '<') &&
                    text.find(": ") == text.npos && !text.ends_with(':') && !text.ends_with(' ');
  constexpr std::string_view kMeaning[] = {"true", "false", "null", "yes", "no", "on", "off"};
  if (word && std::ranges::find(kMeaning, text) == std::end(kMeaning)) return text;
  return Quote(text);
}

std::string Millis(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::string Bytes(std::int64_t bytes) { return Quantity::FromBytes(bytes).text(); }

std::string_view Word(RestartPolicy policy) {
  switch (policy) {
    case RestartPolicy::kAlways: return "always";
    case RestartPolicy::kOnFailure: return "on-failure";
    case RestartPolicy::kNever: return "never";
  }
  return "";
}

std::string_view Word(DependencyCondition condition) {
  switch (condition) {
    case DependencyCondition::kStarted: return "started";
    case DependencyCondition::kHealthy: return "healthy";
    case DependencyCondition::kCompleted: return "completed";
  }
  return "";
}

// Writes in a fixed order: members in start order, everything else as it stands in the AppSpec.
// Only what differs from its default is written, so that a small template has a small dump.
class Dumper {
 public:
  // `text` masks what is public but might contain a secret, `value` what is made to hold one.
  Dumper(Mask text, Mask value) : text_(std::move(text)), value_(std::move(value)) {}

  std::string Run(const AppSpec& spec) {
    Line(0, "name", spec.name.str());
    Line(0, "uid", spec.uid.str());
    if (!spec.subscription.empty()) Line(0, "subscription", spec.subscription);
    Line(0, "host", spec.host);
    if (spec.insecure) Raw(0, "insecure", "true");
    if (spec.storage_bytes > 0) Raw(0, "storage", Bytes(spec.storage_bytes));
    if (!spec.volumes.empty()) Raw(0, "volumes", List(spec.volumes));
    Raw(0, "stop_grace", Millis(spec.stop_grace));
    for (const auto& [name, address] : spec.extra_hosts) Raw(0, "extra_host", name + " " + address);
    for (const auto& [name, value] : spec.sysctls)
      Raw(0, "sysctl", Scalar(name) + " " + Scalar(text_(value)));
    if (!spec.routes.empty()) Open(0, "routes");
    for (const AppRoute& route : spec.routes) Route(route);
    Open(0, "members");
    for (const Member& member : spec.members) WriteMember(member);
    if (!spec.backup.empty()) Open(0, "backup");
    for (const BackupHook& hook : spec.backup) WriteBackup(hook);
    return std::move(out_);
  }

 private:
  void Raw(int depth, std::string_view key, std::string_view value) {
    out_ += std::string(static_cast<std::size_t>(depth) * 2, ' ') + std::string(key) + ": " +
            std::string(value) + "\n";
  }
  void Line(int depth, std::string_view key, const std::string& value) {
    Raw(depth, key, Scalar(text_(value)));
  }
  void Open(int depth, std::string_view key) {
    out_ += std::string(static_cast<std::size_t>(depth) * 2, ' ') + std::string(key) + ":\n";
  }
  std::string List(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + Quote(text_(item));
    return out + "]";
  }

  void Route(const AppRoute& route) {
    out_ += "  - {path: " + Scalar(route.path_prefix) + ", member: " + Scalar(route.member) +
            ", port: " + std::to_string(route.port) + ", health: " + Scalar(route.health_path) +
            "}\n";
  }

  void WriteBackup(const BackupHook& hook) {
    Open(1, hook.member);
    if (!hook.pre.empty()) Raw(2, "pre", List(hook.pre));
    if (!hook.post.empty()) Raw(2, "post", List(hook.post));
    if (!hook.include.empty()) Raw(2, "include", List(hook.include));
  }

  void WriteMember(const Member& member) {
    Open(1, member.name);
    Line(2, "image", member.image);
    if (member.entrypoint) Raw(2, "entrypoint", List(*member.entrypoint));
    if (member.command) Raw(2, "command", List(*member.command));
    if (!member.user.empty()) Line(2, "user", member.user);
    if (!member.working_dir.empty()) Line(2, "working_dir", member.working_dir);
    if (!member.env.empty()) Open(2, "env");
    for (const EnvVar& variable : member.env)
      Raw(3, Scalar(variable.name), Scalar(value_(variable.value.Reveal())));
    WriteMounts(member);
    WriteLife(member);
    WriteLimits(member);
    if (!member.cap_add.empty()) Raw(2, "cap_add", List(member.cap_add));
    if (!member.cap_drop.empty()) Raw(2, "cap_drop", List(member.cap_drop));
    if (member.read_only) Raw(2, "read_only", "true");
    if (!member.labels.empty()) Open(2, "labels");
    for (const auto& [name, value] : member.labels) Raw(3, Scalar(name), Scalar(text_(value)));
    if (!member.annotations.empty()) Open(2, "annotations");
    for (const auto& [name, value] : member.annotations) Raw(3, Scalar(name), Scalar(text_(value)));
  }

  void WriteMounts(const Member& member) {
    if (!member.mounts.empty()) Open(2, "mounts");
    for (const VolumeMount& mount : member.mounts)
      Raw(3, Scalar(mount.path), Scalar(mount.volume) + (mount.read_only ? " (read only)" : ""));
    if (!member.tmpfs.empty()) Open(2, "tmpfs");
    for (const TmpfsMount& mount : member.tmpfs) Raw(3, Scalar(mount.path), Bytes(mount.bytes));
    if (!member.files.empty()) Open(2, "files");
    for (const FileMount& file : member.files) {
      std::string mode;
      for (int shift = 9; shift >= 0; shift -= 3)
        mode += static_cast<char>('0' + ((file.mode >> shift) & 7));
      Raw(3, Scalar(file.path),
          "{mode: \"" + mode + "\", content: " + Scalar(value_(file.content.Reveal())) + "}");
    }
  }

  void WriteLife(const Member& member) {
    if (!member.ports.empty()) {
      std::string ports;
      for (std::uint16_t port : member.ports)
        ports += (ports.empty() ? "" : ", ") + std::to_string(port);
      Raw(2, "ports", "[" + ports + "]");
    }
    if (member.probe) WriteProbe(*member.probe);
    if (!member.depends_on.empty()) Open(2, "depends_on");
    for (const Dependency& dependency : member.depends_on)
      Raw(3, dependency.member, Word(dependency.condition));
    Raw(2, "restart", Word(member.restart));
    if (member.init) Raw(2, "init", "true");
    if (!member.stop_signal.empty()) Line(2, "stop_signal", member.stop_signal);
  }

  void WriteProbe(const Probe& probe) {
    Open(2, "probe");
    if (probe.exec.empty())
      Raw(3, "http", Scalar(probe.http_path) + " on " + std::to_string(probe.http_port));
    else
      Raw(3, "exec", List(probe.exec));
    Raw(3, "interval", Millis(probe.interval));
    Raw(3, "timeout", Millis(probe.timeout));
    Raw(3, "start_period", Millis(probe.start_period));
    Raw(3, "retries", std::to_string(probe.retries));
  }

  void WriteLimits(const Member& member) {
    auto cpu = [](std::int64_t millis) { return Quantity::FromMillis(millis).text(); };
    if (member.cpu_millis > 0) Raw(2, "cpu", cpu(member.cpu_millis));
    if (member.memory_bytes > 0) Raw(2, "memory", Bytes(member.memory_bytes));
    if (member.cpu_reserved_millis > 0) Raw(2, "cpu_reserved", cpu(member.cpu_reserved_millis));
    if (member.memory_reserved_bytes > 0)
      Raw(2, "memory_reserved", Bytes(member.memory_reserved_bytes));
    if (member.shm_bytes != Member{}.shm_bytes) Raw(2, "shm", Bytes(member.shm_bytes));
    if (!member.ulimits.empty()) Open(2, "ulimits");
    for (const Ulimit& limit : member.ulimits)
      Raw(3, limit.name, std::to_string(limit.soft) + " " + std::to_string(limit.hard));
  }

  Mask text_, value_;
  std::string out_;
};

// Goes on behind the replacement: a name within a mask is not looked at again.
std::string ReplaceAll(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

std::string Dump(const AppSpec& spec, bool reveal) {
  Mask show = [](std::string text) { return text; };
  Mask hide = [](std::string text) { return text.empty() ? text : "<masked>"; };
  return Dumper(show, reveal ? show : hide).Run(spec);
}

std::string Dump(const Rendered& rendered, bool reveal) {
  if (reveal) return Dump(rendered.spec, true);
  // A secret may stand inside a URL or an option, so it is replaced wherever it occurs. Of its
  // encodings only Base64 is recognized, the one templates make.
  Mask hide = [&](std::string text) {
    for (const auto& [name, secret] : rendered.secrets) {
      if (secret.empty()) continue;
      const std::string mask = "<secret " + name + ">";
      text = ReplaceAll(std::move(text), secret.Reveal(), mask);
      text = ReplaceAll(std::move(text), Base64(secret.Reveal()), mask);
    }
    return text;
  };
  return Dumper(hide, hide).Run(rendered.spec);
}

}  // namespace kl::tmpl
