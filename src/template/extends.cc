// `extends`: a service is read after the one it extends, into the same draft. What both say is the
// later one's; lists and mappings are joined, as Compose joins them: by name, path or port.
#include <algorithm>
#include <array>

#include "template/app_draft.h"
#include "template/yaml_parser.h"

namespace kl::tmpl {
namespace {

struct Extension {
  std::optional<std::string> service;
  bool ok = true;
};

void ReadFile(const Cursor& at, Extension& out) {
  out.ok = false;
  at.Error(
      "a template is one file: copy the other file's service into it, and extend it by "
      "`service` alone");
}
void ReadBase(const Cursor& at, Extension& out) {
  out.service = at.NonEmptyText();
  out.ok = out.ok && out.service;
}
constexpr std::array kRules = {
    KeyRule<Extension>{"file", ReadFile},
    KeyRule<Extension>{"service", ReadBase},
};

// The first `count` of `list` that `overridden` holds for are dropped.
template <class List, class Overridden>
void Drop(List& list, std::size_t count, Overridden overridden) {
  auto end = list.begin() + static_cast<std::ptrdiff_t>(count);
  list.erase(std::remove_if(list.begin(), end, overridden), end);
}

// What was inherited, while the service's own level is read on top of it.
class Inherited {
 public:
  explicit Inherited(ServiceDraft& service)
      : mounts_(service.mounts.size()),
        tmpfs_(service.member.tmpfs.size()),
        references_(service.files.size()),
        files_(service.member.files.size()),
        dependencies_(service.depends_on.size()),
        hosts_(service.extra_hosts.size()),
        sysctls_(service.sysctls.size()),
        optional_(std::exchange(service.optional, {})),
        cpu_(std::exchange(service.cpu_millis, std::nullopt)),
        memory_(std::exchange(service.memory_bytes, std::nullopt)) {}

  void GiveWay(ServiceDraft& service) {
    GiveWayByPath(service);
    GiveWayByName(service.extra_hosts, hosts_);
    GiveWayByName(service.sysctls, sysctls_);
    const auto own =
        Names(service.depends_on, dependencies_, [](const auto& d) { return d.value.member; });
    Drop(service.depends_on, dependencies_,
         [&](const auto& d) { return own.contains(d.value.member); });
    for (const std::string& name : optional_)
      if (!own.contains(name)) service.optional.insert(name);
    if (!service.cpu_millis) service.cpu_millis = cpu_;
    if (!service.memory_bytes) service.memory_bytes = memory_;
  }

 private:
  // Of those behind the first `count`.
  template <class List, class Name>
  static std::set<std::string> Names(const List& list, std::size_t count, Name name) {
    std::set<std::string> out;
    for (std::size_t i = count; i < list.size(); ++i) out.insert(name(list[i]));
    return out;
  }

  static void GiveWayByName(std::vector<Marked<NameValue>>& list, std::size_t count) {
    const auto own = Names(list, count, [](const auto& item) { return item.value.first; });
    Drop(list, count, [&](const auto& item) { return own.contains(item.value.first); });
  }

  // One path has one mount, of whatever kind.
  void GiveWayByPath(ServiceDraft& service) {
    auto mounted = [](const auto& mount) { return mount.value.path; };
    auto path = [](const auto& mount) { return mount.path; };
    std::set<std::string> own = Names(service.mounts, mounts_, mounted);
    own.merge(Names(service.member.tmpfs, tmpfs_, path));
    own.merge(Names(service.files, references_, path));
    own.merge(Names(service.member.files, files_, path));
    auto taken = [&](const auto& mount) { return own.contains(mount.path); };
    Drop(service.mounts, mounts_, [&](const auto& m) { return own.contains(m.value.path); });
    Drop(service.member.tmpfs, tmpfs_, taken);
    Drop(service.files, references_, taken);
    Drop(service.member.files, files_, taken);
  }

  std::size_t mounts_, tmpfs_, references_, files_, dependencies_, hosts_, sysctls_;
  std::set<std::string> optional_;
  std::optional<Marked<std::int64_t>> cpu_, memory_;
};

}  // namespace

void ServiceReader::Read(const Cursor& at, ServiceDraft& service) {
  std::vector<const Node*> chain;
  lost_base_ = false;
  ReadLevel(at, chain, service);
  // After an error in `extends` it may be inherited.
  if (!service.has_image && !lost_base_) at.Error("the service has no image: add `image`");
}

// Recursion is as deep as there are services: no service comes twice in a chain. A value generated
// in an inherited key belongs to the heir, so the way to it is the heir's.
void ServiceReader::ReadLevel(const Cursor& at, std::vector<const Node*>& chain,
                              ServiceDraft& service) {
  chain.push_back(&at.node());
  const Entry* base = FindBase(at, chain);
  if (!base) return ReadService(at, service);
  const Entry named{std::string(at.key()), at.mark(), base->value};
  ReadLevel(Cursor(services_, named), chain, service);
  Inherited inherited(service);
  ReadService(at, service);
  inherited.GiveWay(service);
}

const Entry* ServiceReader::FindBase(const Cursor& at, const std::vector<const Node*>& chain) {
  auto extends = std::ranges::find(at.node().entries, "extends", &Entry::key);
  if (extends == at.node().entries.end()) return nullptr;
  lost_base_ = true;  // until it is found
  Cursor item(at, *extends);
  Extension extension;
  if (item.node().is_mapping())
    ReadKeys<Extension>(item, kRules, extension);
  else
    ReadBase(item, extension);
  if (!extension.ok) return nullptr;
  if (!extension.service) {
    item.Error("`service` is missing: name the service it extends");
    return nullptr;
  }
  const auto& services = services_.node().entries;
  auto base = std::ranges::find(services, *extension.service, &Entry::key);
  if (base == services.end()) {
    item.Error("extends '" + extension.service->substr(0, 100) +
               "', which is not a service of this template");
    return nullptr;
  }
  if (std::ranges::find(chain, base->value) != chain.end()) {
    item.Error("services extend each other: remove one `extends`");
    return nullptr;
  }
  weight_ += base->value->weight;
  lost_base_ = weight_ > kWeightMax;
  if (!lost_base_) return &*base;
  item.Error("too many values once every `extends` is spelled out: at most " +
             std::to_string(kWeightMax));
  return nullptr;
}

}  // namespace kl::tmpl
