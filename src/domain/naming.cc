#include "domain/naming.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "domain/host.h"

namespace kl {
namespace {

constexpr std::size_t kNameMax = 20;
constexpr int kPlainAttempts = 8;
constexpr int kDigitsMax = 9;

// Hosts the product uses or will use itself, names people take for official ones, and namespaces a
// cluster has already.
constexpr auto kReserved =
    std::to_array<std::string_view>({"abuse",      "account",       "accounts",
                                     "admin",      "administrator", "api",
                                     "app",        "apps",          "assets",
                                     "auth",       "autoconfig",    "autodiscover",
                                     "backup",     "backups",       "billing",
                                     "blog",       "cdn",           "cert",
                                     "certs",      "checkout",      "cluster-local",
                                     "console",    "customer",      "customers",
                                     "dashboard",  "default",       "demo",
                                     "dev",        "dns",           "doc",
                                     "docs",       "download",      "email",
                                     "events",     "ftp",           "gateway",
                                     "git",        "grafana",       "healthz",
                                     "help",       "host",          "hostmaster",
                                     "imap",       "info",          "ingress-nginx",
                                     "internal",   "invoice",       "kube",
                                     "kuberlogic", "local",         "localdomain",
                                     "localhost",  "login",         "logs",
                                     "mail",       "mailer",        "metrics",
                                     "mx",         "news",          "noreply",
                                     "ns",         "ns1",           "ns2",
                                     "ns3",        "openapi",       "pay",
                                     "payment",    "payments",      "pop",
                                     "pop3",       "portal",        "postmaster",
                                     "private",    "prod",          "production",
                                     "prometheus", "proxy",         "public",
                                     "readyz",     "register",      "root",
                                     "secure",     "security",      "shop",
                                     "signup",     "smtp",          "ssh",
                                     "sso",        "staging",       "static",
                                     "stats",      "status",        "store",
                                     "support",    "sysadmin",      "system",
                                     "test",       "undefined",     "vpn",
                                     "webhook",    "webhooks",      "webmail",
                                     "webmaster",  "wpad",          "ww",
                                     "www",        "www1",          "www2"});

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// One label of a host: letters, digits and inner hyphens.
bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (!IsAlnum(label.front()) || !IsAlnum(label.back())) return false;
  return std::ranges::all_of(label, [](char c) { return IsAlnum(c) || c == '-'; });
}

std::string_view Pick(Random& random, std::span<const std::string_view> words) {
  return words[random.Below(words.size())];
}

std::string Quoted(std::string_view text) { return "'" + std::string(text.substr(0, 100)) + "'"; }

}  // namespace

ServiceName ProposeName(Random& random, int attempt) {
  // Eight clashes in a row of one and a half million pairs mean a crowded installation: every
  // further clash makes the space ten times larger.
  const int digits = std::clamp(attempt - kPlainAttempts + 1, 0, kDigitsMax);
  const std::size_t room = digits == 0 ? kNameMax : kNameMax - 1 - static_cast<std::size_t>(digits);
  std::string name;
  do {
    name = std::string(Pick(random, FirstWords())) + "-" + std::string(Pick(random, SecondWords()));
  } while (name.size() > room);
  if (digits > 0) name += '-';
  for (int i = 0; i < digits; ++i) name += static_cast<char>('0' + random.Below(10));
  return ServiceName(std::move(name));
}

bool IsReservedName(std::string_view name) {
  return name.starts_with("kube-") || name.starts_with("kuberlogic-") || name.starts_with("xn--") ||
         std::ranges::binary_search(kReserved, name);
}

Status CheckServiceName(std::string_view name) {
  if (name.size() < 2 || name.size() > kNameMax || !IsLabel(name)) {
    return Fail(ErrorKind::kInvalid,
                "id: " + Quoted(name) +
                    " is not a name: write 2 to 20 of a-z, 0-9 and '-', with no '-' at the ends",
                "id");
  }
  if (IsReservedName(name)) {
    return Fail(ErrorKind::kInvalid, "id: " + Quoted(name) + " is reserved: choose another", "id");
  }
  return {};
}

Status CheckHost(std::string_view host) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorKind::kInvalid, "domain: " + Quoted(host) + " " + std::string(why), "domain");
  };
  if (host.empty()) return bad("is empty: write a host such as shop.example.com");
  if (host.size() > 99) return bad("is longer than 99 characters");
  std::string_view rest = host;
  std::string_view label;
  int labels = 0;
  for (bool more = true; more; ++labels) {
    const auto dot = rest.find('.');
    more = dot != std::string_view::npos;
    label = rest.substr(0, dot);
    if (!IsLabel(label)) {
      return bad("is not a host: write lower-case labels of a-z, 0-9 and '-', joined by dots");
    }
    if (more) rest.remove_prefix(dot + 1);
  }
  if (labels < 2) return bad("has no dot: write the whole host, such as shop.example.com");
  if (std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; })) {
    return bad("is an address: write a host name, certificates are for names");
  }
  return {};
}

ServiceName NameInHost(std::string_view value, std::string_view domain) {
  const std::string host = BareHost(value);
  const std::string tail = "." + BareHost(domain);
  if (tail.size() == 1 || !host.ends_with(tail)) return {};
  std::string label = host.substr(0, host.size() - tail.size());
  if (!CheckServiceName(label)) return {};
  return ServiceName(std::move(label));
}

}  // namespace kl
