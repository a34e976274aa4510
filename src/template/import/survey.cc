// What has to be known before the first value is rewritten: which service customers visit, which
// addresses are the application's own, which values are secrets.
#include <algorithm>
#include <array>
#include <charconv>

#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/scalars.h"

namespace kl::importer {
namespace {

int Number(std::string_view text) {
  int out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? out : 0;
}

std::string Resolved(const Draft& draft, std::string_view text) {
  std::vector<VariableUse> uses;
  return draft.ledger.Unmask(draft.variables.Resolve(text, uses));
}

// [[host:]published:]target[/protocol]
PortUse ShortPort(const Draft& draft, const tmpl::Node& item) {
  PortUse out{&item};
  std::string text = Resolved(draft, item.scalar);
  if (const std::size_t slash = text.find('/'); slash != text.npos) {
    out.tcp = text.substr(slash + 1) == "tcp";
    text.resize(slash);
  }
  const std::size_t colon = text.rfind(':');
  out.target = Number(text.substr(colon + 1));
  if (colon == text.npos) return out;
  text.resize(colon);
  out.published = Number(text.substr(text.rfind(':') + 1));
  return out;
}

PortUse LongPort(const Draft& draft, const tmpl::Node& item) {
  const std::string protocol = Resolved(draft, TextOf(item, "protocol"));
  return {&item, Number(Resolved(draft, TextOf(item, "target"))),
          Number(Resolved(draft, TextOf(item, "published"))),
          protocol.empty() || protocol == "tcp"};
}

bool HasWord(const std::vector<std::string>& words, std::initializer_list<std::string_view> any) {
  return std::ranges::any_of(
      words, [&](const std::string& word) { return std::ranges::find(any, word) != any.end(); });
}

// Whether a setting of this name holds the application's own public address.
bool NamesPublicAddress(const Draft& draft, std::string_view name) {
  const auto words = WordsOf(name);
  if (words.size() == 2 && draft.own_words.contains(words[0]) &&
      HasWord({words[1]}, {"url", "uri", "host", "hostname", "server"}))
    return true;
  if (HasWord(words, {"smtp",     "mail",    "email",    "s3",       "oauth", "oidc",
                      "sentry",   "db",      "database", "redis",    "mongo", "proxy",
                      "registry", "webhook", "internal", "upstream", "amqp",  "broker",
                      "cache",    "search",  "storage",  "issuer",   "ldap",  "postgres",
                      "mysql",    "docs",    "support",  "allow",    "bind",  "listen"}))
    return false;
  if (HasWord(words, {"domain", "fqdn", "origin", "baseurl", "siteurl"})) return true;
  const bool address =
      HasWord(words, {"url", "uri", "host", "hostname", "origins", "hosts", "name"});
  const bool own = HasWord(words, {"base", "site", "app", "public", "root", "external", "server",
                                   "web", "frontend", "nextauth", "home", "canonical", "virtual",
                                   "letsencrypt", "trusted", "allowed", "overwrite"});
  return (address && own) || (words.size() == 1 && words[0] == "url");
}

// The host of "https://app.example.com/x" or of a bare "app.example.com"; empty when it is none
// that stands in public: a service's name, an address, several.
std::string PublicHost(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme != value.npos) {
    if (!value.starts_with("http")) return {};
    value.remove_prefix(scheme + 3);
  }
  value = value.substr(0, value.find_first_of("/:?#"));
  const std::size_t dot = value.rfind('.');
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  if (dot == value.npos || dot + 2 >= value.size() ||
      value.find_first_not_of(kAllowed) != value.npos)
    return {};
  if (value.find_first_of("abcdefghijklmnopqrstuvwxyz", dot) == value.npos) return {};
  return std::string(value);
}

void Add(std::vector<std::string>& list, std::string value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(std::move(value));
}

void AddOrigins(Draft& draft, int published) {
  for (std::string host : {"localhost", "127.0.0.1", "0.0.0.0"})
    for (std::string scheme : {"http://", "https://"}) {
      Add(draft.origins, scheme + host + ":" + std::to_string(published));
      if (published == (scheme == "http://" ? 80 : 443)) Add(draft.origins, scheme + host);
    }
}

// "registry.example.com/acme/helpdesk:3" is called "helpdesk".
std::string_view NameOfImage(std::string_view image) {
  image = image.substr(0, image.find('@'));
  image = image.substr(image.rfind('/') + 1);
  return image.substr(0, image.find(':'));
}

void SurveyPorts(Draft& draft) {
  int first = 0;
  for (const tmpl::Entry& service : Services(draft)->entries) {
    const auto ports = WebPorts(draft, *service.value);
    if (ports.empty()) continue;
    draft.web_services.push_back(service.key);
    const std::string image = Resolved(draft, TextOf(*service.value, "image"));
    for (std::string_view name : {std::string_view(service.key), NameOfImage(image)})
      for (std::string& word : WordsOf(name)) draft.own_words.insert(std::move(word));
    for (const PortUse& port : ports) {
      const int published = port.published ? port.published : port.target;
      if (first == 0) first = published;
      AddOrigins(draft, published);
    }
  }
  if (first > 0)
    draft.ledger.set_local_address(first == 80 ? "localhost"
                                               : "localhost:" + std::to_string(first));
}

// A service is reached by its name only; other names are rewritten where they occur as an address.
void SurveyAliases(Draft& draft) {
  const tmpl::Node& services = *Services(draft);
  auto add = [&](std::string alias, const std::string& service) {
    if (!alias.empty() && !services.Find(alias) && alias != "localhost")
      draft.aliases.emplace(std::move(alias), service);
  };
  for (const tmpl::Entry& service : services.entries) {
    for (std::string_view key : {"container_name", "hostname"})
      add(Resolved(draft, TextOf(*service.value, key)), service.key);
    if (const tmpl::Node* networks = service.value->Find("networks"))
      for (const tmpl::Entry& network : networks->entries)
        if (const tmpl::Node* names = network.value->Find("aliases"))
          for (const tmpl::Node* name : names->items) add(name->scalar, service.key);
    if (const tmpl::Node* links = service.value->Find("links"))
      for (const tmpl::Node* link : links->items)
        if (const std::size_t colon = link->scalar.find(':'); colon != std::string::npos)
          add(link->scalar.substr(colon + 1), link->scalar.substr(0, colon));
  }
}

// "DATABASE_URL" names its password "DATABASE_PASSWORD".
std::string PasswordVariable(std::string_view setting) {
  std::string out;
  for (const std::string& word : WordsOf(setting))
    if (word != "url" && word != "uri" && word != "dsn") (out += word) += '_';
  return out + "password";
}

// One setting: a secret, an address of the application, or a value in the open.
void SurveySetting(Draft& draft, const std::string& name, const std::string& marked) {
  if (marked.find('\x01') == marked.npos && LooksSecret(name, marked)) {
    draft.ledger.Add(name, marked);
    return;
  }
  const std::string plain = draft.ledger.Unmask(marked);
  if (marked.find('\x01') == marked.npos) draft.ledger.AddOpen(plain);
  if (!NamesPublicAddress(draft, name)) return;
  std::string_view rest = plain;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(", "), rest.size());
    const std::string host = PublicHost(rest.substr(0, end));
    if (!host.empty() && !Services(draft)->Find(host)) Add(draft.hosts, host);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void SurveyUrls(Draft& draft, const std::string& name, const std::string& marked) {
  MapLiterals(marked, [&](std::string_view literal) {
    for (Span at = FindUrlPassword(literal, 0); at.size > 0;
         at = FindUrlPassword(literal, at.begin + at.size))
      draft.ledger.Add(PasswordVariable(name), UrlDecode(literal.substr(at.begin, at.size)));
    return std::string(literal);
  });
}

}  // namespace

const tmpl::Node* Services(const Draft& draft) { return draft.source.root().Find("services"); }

const tmpl::Entry* FindEntry(const tmpl::Node& mapping, std::string_view key) {
  for (const tmpl::Entry& entry : mapping.entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

std::string TextOf(const tmpl::Node& mapping, std::string_view key) {
  const tmpl::Node* found = mapping.Find(key);
  return found && found->is_scalar() ? found->scalar : "";
}

std::vector<PortUse> PortsOf(const Draft& draft, const tmpl::Node& service) {
  std::vector<PortUse> out;
  if (const tmpl::Node* ports = service.Find("ports"))
    for (const tmpl::Node* item : ports->items)
      out.push_back(item->is_mapping() ? LongPort(draft, *item) : ShortPort(draft, *item));
  return out;
}

bool IsStoreImage(std::string_view image) {
  constexpr std::array<std::string_view, 27> kStores = {
      "postgres",   "postgresql", "postgis",    "timescaledb",   "pgvector",   "mysql",
      "mariadb",    "percona",    "mongo",      "mongodb",       "redis",      "valkey",
      "keydb",      "memcached",  "rabbitmq",   "elasticsearch", "opensearch", "nats",
      "kafka",      "zookeeper",  "etcd",       "influxdb",      "cassandra",  "clickhouse-server",
      "clickhouse", "mosquitto",  "meilisearch"};
  image = image.substr(image.rfind('/') + 1);
  image = image.substr(0, image.find_first_of(":@"));
  return std::ranges::find(kStores, image) != kStores.end();
}

bool IsHttpPort(int port) {
  constexpr std::array<int, 28> kOthers = {
      1025, 9229, 21,   22,   25,   53,   110,  143,  389,  465,  587,  636,  993,   995,
      1433, 1521, 1883, 2049, 2222, 2379, 3306, 5432, 5671, 5672, 6379, 9042, 11211, 27017};
  return port > 0 && std::ranges::find(kOthers, port) == kOthers.end();
}

std::vector<PortUse> WebPorts(const Draft& draft, const tmpl::Node& service) {
  std::vector<PortUse> out;
  if (IsStoreImage(Resolved(draft, TextOf(service, "image")))) return out;
  for (const PortUse& port : PortsOf(draft, service))
    if (port.tcp && IsHttpPort(port.target)) out.push_back(port);
  // Beside a plain port the encrypted one has nothing to do: TLS ends before the instance.
  if (out.size() > 1) std::erase_if(out, [](const PortUse& port) { return port.target == 443; });
  return out;
}

void Survey(Draft& draft) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<VariableUse> uses;
  SurveyPorts(draft);
  for (const Variable& variable : draft.env.variables)
    settings.emplace_back(variable.name, draft.variables.Value(variable.name, uses));
  ForEachScalar(draft, [&](const ScalarAt& at) {
    if (!at.place.setting.empty())
      settings.emplace_back(at.place.setting, draft.variables.Resolve(at.text, uses));
  });
  for (const tmpl::Entry& service : Services(draft)->entries) {
    const tmpl::Node* files = service.value->Find("env_file");
    if (!files) continue;
    for (const EnvFileName& file : EnvFileNames(*files))
      for (const Variable& variable : ParseEnvFile(draft.folder.Look(file.path).content).variables)
        settings.emplace_back(variable.name, draft.variables.ValueOf(variable, uses));
  }
  for (const auto& [name, marked] : settings) SurveySetting(draft, name, marked);
  for (const auto& [name, marked] : settings) SurveyUrls(draft, name, marked);
  SurveyAliases(draft);
  for (const tmpl::Entry& service : Services(draft)->entries) draft.ledger.AddOpen(service.key);
}

}  // namespace kl::importer
