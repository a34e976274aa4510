// Keys that reach the kernel's side of an instance: extra_hosts, sysctls, ulimits, security_opt.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

constexpr std::string_view kHostChars =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

// "[::1]" without its brackets; empty when it is no address.
std::string Address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::string address(text);
  unsigned char buffer[sizeof(in6_addr)];
  const bool ok = inet_pton(AF_INET, address.c_str(), buffer) == 1 ||
                  inet_pton(AF_INET6, address.c_str(), buffer) == 1;
  return ok ? address : std::string();
}

// Whatever comes from an expression is checked here: a line of a hosts file is written from it.
void AddHost(const Cursor& at, std::string_view name, std::string_view address,
             ServiceDraft& service) {
  if (name.empty() || name.size() > 253 || name.find_first_not_of(kHostChars) != name.npos)
    return at.Error("a host's name and its address are wanted here, as in mail:192.0.2.25, not " +
                    at.Shown());
  if (address == "host-gateway")
    return at.Error(
        "an instance does not reach the machine it runs on: name the address of a real server");
  std::string checked = Address(address);
  if (checked.empty())
    return at.Error("an IPv4 or IPv6 address is wanted for the host, not " + at.Shown());
  service.extra_hosts.push_back({{std::string(name), std::move(checked)}, at.mark()});
}

// "name:address" or "name=address"; an IPv6 address has colons itself.
void ReadHostLine(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  const std::string_view line = *text;
  std::size_t cut = line.find('=');
  if (cut == line.npos) cut = line.find(':');
  if (cut == line.npos) return AddHost(at, {}, {}, service);
  AddHost(at, line.substr(0, cut), line.substr(cut + 1), service);
}

// What belongs to a namespace of the instance. Everything else is the machine's, and would change
// it for every customer.
bool IsOwnSysctl(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames = {
      "kernel.msgmax",      "kernel.msgmnb",          "kernel.msgmni", "kernel.sem",
      "kernel.shmall",      "kernel.shmmax",          "kernel.shmmni", "kernel.shm_rmid_forced",
      "net.core.somaxconn", "net.unix.max_dgram_qlen"};
  if (name.find_first_not_of(kHostChars) != name.npos || name.ends_with('.')) return false;
  for (std::string_view prefix : {"net.ipv4.", "net.ipv6.", "fs.mqueue."})
    if (name.starts_with(prefix)) return name.size() <= 128;
  return std::ranges::find(kNames, name) != kNames.end();
}

void AddSysctl(const Cursor& at, std::string_view name, std::string value, ServiceDraft& service) {
  if (!IsOwnSysctl(name))
    return at.Error("'" + std::string(name.substr(0, 100)) +
                    "' is a setting of the whole machine, not of an instance: remove it; settings "
                    "below net.ipv4, net.ipv6, fs.mqueue, net.core.somaxconn and those of "
                    "kernel.shm* and kernel.msg* are an instance's own");
  if (value.empty() || value.size() > 256 || value.find('\n') != value.npos)
    return at.Error("a value of one line is wanted here, not " + at.Shown());
  service.sysctls.push_back({{std::string(name), std::move(value)}, at.mark()});
}

// A limit of processes while it is read.
struct UlimitDraft {
  std::optional<std::int64_t> soft, hard;
  bool ok = true;
};

constexpr std::int64_t kUlimitMax = std::int64_t{1} << 53;

template <std::optional<std::int64_t> UlimitDraft::* field>
void ReadUlimitValue(const Cursor& at, UlimitDraft& out) {
  out.*field = at.Integer(-1, kUlimitMax);
  out.ok = out.ok && out.*field;
}
constexpr std::array kUlimitRules = {
    KeyRule<UlimitDraft>{"hard", ReadUlimitValue<&UlimitDraft::hard>},
    KeyRule<UlimitDraft>{"soft", ReadUlimitValue<&UlimitDraft::soft>},
};

// The greatest number of open files that kernels grant unless told otherwise.
constexpr std::int64_t kFilesMax = 1 << 20;

void ReadUlimit(const Cursor& at, ServiceDraft& service) {
  UlimitDraft draft;
  if (at.node().is_mapping()) {
    ReadKeys<UlimitDraft>(at, kUlimitRules, draft);
  } else {
    ReadUlimitValue<&UlimitDraft::soft>(at, draft);
    draft.hard = draft.soft;
  }
  if (!draft.ok) return;
  if (!draft.soft || !draft.hard)
    return at.Error("a limit has `soft` and `hard`, or is one number for both");
  const bool endless = *draft.hard == -1;
  if (!endless && (*draft.soft == -1 || *draft.soft > *draft.hard))
    return at.Error("`soft` is greater than `hard`");
  if (at.key() == "nofile" && (endless || *draft.hard > kFilesMax))
    return at.Error("at most " + std::to_string(kFilesMax) + " open files can be granted");
  const Ulimit limit{std::string(at.key()), *draft.soft, *draft.hard};
  auto& limits = service.member.ulimits;
  auto known = std::ranges::find(limits, limit.name, &Ulimit::name);
  if (known == limits.end())
    limits.push_back(limit);
  else
    *known = limit;
}

constexpr std::string_view kPriority = "priorities are a matter of the machine; remove it";
using Rule = KeyRule<ServiceDraft>;
constexpr std::array kUlimitNames = {
    Rule{"core", ReadUlimit},
    Rule{"cpu", ReadUlimit},
    Rule{"data", ReadUlimit},
    Rule{"fsize", ReadUlimit},
    Rule{"locks", ReadUlimit},
    Rule{"memlock", ReadUlimit},
    Rule{"msgqueue", ReadUlimit},
    RefuseKey<ServiceDraft>("nice", kPriority),
    Rule{"nofile", ReadUlimit},
    // The kernel counts it by user over all instances of the machine.
    NoteKey<ServiceDraft>("nproc", "every container has a limit of processes already"),
    Rule{"rss", ReadUlimit},
    RefuseKey<ServiceDraft>("rtprio", kPriority),
    RefuseKey<ServiceDraft>("rttime", kPriority),
    Rule{"sigpending", ReadUlimit},
    Rule{"stack", ReadUlimit},
};
static_assert(std::ranges::is_sorted(kUlimitNames, {}, &Rule::key));

}  // namespace

void ReadExtraHosts(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  if (at.node().is_sequence()) {
    for (std::size_t i = 0; i < at.node().items.size(); ++i) ReadHostLine(Cursor(at, i), service);
    return;
  }
  if (!at.ExpectMapping("a list of name:address, or a mapping from name to address")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (item.node().is_sequence()) {
      for (std::size_t i = 0; i < item.node().items.size(); ++i)
        if (auto text = Cursor(item, i).Text()) AddHost(Cursor(item, i), entry.key, *text, service);
    } else if (auto text = item.Text()) {
      AddHost(item, entry.key, *text, service);
    }
  }
}

void ReadSysctls(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  if (at.node().is_sequence()) {
    for (std::size_t i = 0; i < at.node().items.size(); ++i) {
      Cursor item(at, i);
      auto text = item.NonEmptyText();
      if (!text) continue;
      const std::size_t equals = std::min(text->find('='), text->size());
      AddSysctl(item, text->substr(0, equals),
                equals < text->size() ? text->substr(equals + 1) : std::string(), service);
    }
    return;
  }
  if (!at.ExpectMapping("a mapping, or a list of name=value")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (auto text = item.Text()) AddSysctl(item, entry.key, std::move(*text), service);
  }
}

void ReadUlimits(const Cursor& at, ServiceDraft& service) {
  if (!at.node().is_null()) ReadKeys<ServiceDraft>(at, kUlimitNames, service);
}

// That no process gains privileges holds for every container; nothing else can be loosened.
void ReadSecurityOpt(const Cursor& at, ServiceDraft&) {
  if (!at.ExpectList("a list of options")) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    auto text = item.NonEmptyText();
    if (!text || *text == "no-new-privileges" || *text == "no-new-privileges:true" ||
        *text == "no-new-privileges=true")
      continue;
    if (text->starts_with("no-new-privileges"))
      item.Error("no process of an instance can gain privileges: remove the option");
    else
      item.Error("only no-new-privileges is known here: remove " + item.Shown() +
                 ", an instance keeps its machine's confinement");
  }
}

}  // namespace kl::tmpl
