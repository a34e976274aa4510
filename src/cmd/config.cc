#include "cmd/config.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/secret_flag.h"
#include "cmd/capacity.h"
#include "cmd/old_keys.h"
#include "domain/naming.h"
#include "domain/quantity.h"
#include "template/yaml_parser.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

ConfigKey Text(std::string_view name, std::string Config::* field, std::string_view help,
               std::string_view old_variable = {}) {
  return {.name = name,
          .help = help,
          .set = [field](Config& c, const std::string& text) -> Status {
            c.*field = text;
            return {};
          },
          .show = [field](const Config& c) { return c.*field; },
          .old_variable = old_variable};
}

ConfigKey Word(std::string_view name, std::string Config::* field, std::vector<std::string> words,
               std::string_view help) {
  ConfigKey key = Text(name, field, help);
  key.set = [field, words](Config& c, const std::string& text) -> Status {
    std::string all;
    for (const std::string& word : words) {
      if (word == text) {
        c.*field = text;
        return {};
      }
      all += (all.empty() ? "" : ", ") + word;
    }
    return Fail(ErrorKind::kInvalid, "'" + text + "' is none of: " + all);
  };
  return key;
}

ConfigKey SecretText(std::string_view name, SecretString Config::* field, std::string_view help,
                     std::string_view old_variable) {
  return {.name = name,
          .help = help,
          .secret = true,
          .set = [field](Config& c, const std::string& text) -> Status {
            c.*field = SecretString(text);
            return {};
          },
          .show = [field](const Config& c) { return (c.*field).empty() ? "" : "(set)"; },
          .old_variable = old_variable};
}

struct Range {
  int min;
  int max;
};
ConfigKey Number(std::string_view name, int Config::* field, Range range, std::string_view help) {
  return {.name = name,
          .help = help,
          .set = [field, range](Config& c, const std::string& text) -> Status {
            int value = 0;
            auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (ec != std::errc() || end != text.data() + text.size() || value < range.min ||
                value > range.max) {
              return Fail(ErrorKind::kInvalid, "'" + text + "' is not a whole number from " +
                                                   std::to_string(range.min) + " to " +
                                                   std::to_string(range.max));
            }
            c.*field = value;
            return {};
          },
          .show = [field](const Config& c) { return std::to_string(c.*field); }};
}

ConfigKey Flag(std::string_view name, bool Config::* field, std::string_view help) {
  return {.name = name,
          .help = help,
          .set = [field](Config& c, const std::string& text) -> Status {
            if (text != "true" && text != "false") {
              return Fail(ErrorKind::kInvalid, "'" + text + "' is neither true nor false");
            }
            c.*field = text == "true";
            return {};
          },
          .show = [field](const Config& c) { return c.*field ? "true" : "false"; }};
}

// A comma-separated list; in the file a YAML list works too.
ConfigKey List(std::string_view name, std::vector<std::string> Config::* field,
               std::string_view help) {
  return {.name = name,
          .help = help,
          .set = [field](Config& c, const std::string& text) -> Status {
            (c.*field).clear();
            std::stringstream stream(text);
            for (std::string part; std::getline(stream, part, ',');) {
              if (!part.empty()) (c.*field).push_back(part);
            }
            return {};
          },
          .show =
              [field](const Config& c) {
                std::string all;
                for (const std::string& each : c.*field) all += (all.empty() ? "" : ",") + each;
                return all;
              }};
}

std::vector<ConfigKey> MakeKeys() {
  const Range port{1, 65535};
  return {
      Text("data_dir", &Config::data_dir, "database, storage, keys; used by one process at a time"),
      Text("api_listen", &Config::api_listen,
           "REST, health and metrics; through the gateway at https://api.<kuberlogic_domain>"),
      Text("webhook_listen", &Config::webhook_listen,
           "webhooks; through the gateway at https://billing.<kuberlogic_domain>"),
      Text("kuberlogic_domain", &Config::kuberlogic_domain,
           "instances live at <word>-<word>.<kuberlogic_domain>", "KUBERLOGIC_DOMAIN"),
      Text("docker_compose", &Config::docker_compose,
           "path of the application template of type docker-compose"),
      List("templates", &Config::templates, "further templates as type=path, comma-separated"),
      SecretText("token", &Config::token,
                 "API token; made at first start in <data_dir>/token when not given", "TOKEN"),
      Text("chargebee_site", &Config::chargebee_site,
           "site name; empty disables the billing integration", "CHARGEBEE_SITE"),
      SecretText("chargebee_key", &Config::chargebee_key,
                 "API key with write access to subscriptions", "CHARGEBEE_KEY"),
      Text("chargebee_api_url", &Config::chargebee_api_url,
           "other base URL: a simulator or a proxy"),
      Text("chargebee_webhook_user", &Config::chargebee_webhook_user,
           "basic authentication of the webhook", "CHARGEBEE_WEBHOOK_USER"),
      SecretText("chargebee_webhook_password", &Config::chargebee_webhook_password, "its password",
                 "CHARGEBEE_WEBHOOK_PASSWORD"),
      Text("chargebee_webhook_url", &Config::chargebee_webhook_url,
           "where the provider reaches the webhook, for billing setup and check; empty: "
           "https://billing.<kuberlogic_domain>/chargebee-webhook"),
      Text("chargebee_mapping", &Config::chargebee_mapping,
           "path of the mapping of features to service fields", "CHARGEBEE_MAPPING"),
      Text("chargebee_domain_field", &Config::chargebee_domain_field,
           "API name of the subscription's custom field"),
      Word("domain_value", &Config::domain_value, {"url", "host"},
           "what is written there: url or host"),
      Number("chargebee_rate_per_minute", &Config::chargebee_rate_per_minute, {0, 100000},
             "calls a minute; 0 is no limit"),
      Number("chargebee_poll_interval", &Config::chargebee_poll_interval, {0, 86400},
             "seconds between event polls; 0: 15 s, and 5 min while webhooks arrive"),
      List("billing_ignore", &Config::billing_ignore, "plans that are not ours, comma-separated"),
      Text("key_file", &Config::key_file,
           "file of the key that seals secrets; empty: <data_dir>/key, made at first start"),
      Text("service_command", &Config::service_command,
           "program that is called with start or stop to keep serve running; empty: systemctl"),
      Text("engine", &Config::engine, "socket of the container engine, or memory; empty: found"),
      Text("pause_image", &Config::pause_image, "image that holds an instance's network"),
      Text("pause_tar", &Config::pause_tar, "archive loaded when the engine lacks it"),
      Text("instance_subnets", &Config::instance_subnets,
           "private block from which instances' networks are cut"),
      Number("instance_port_first", &Config::instance_port_first, port,
             "first loopback port of instances"),
      Number("instance_port_last", &Config::instance_port_last, port,
             "last loopback port of instances"),
      Text("docker_registry_auth", &Config::docker_registry_auth,
           "registry credentials, a file as docker login writes it"),
      Text("docker_registry_url", &Config::docker_registry_url,
           "or the registry itself; its login is kept below data_dir"),
      Text("docker_registry_username", &Config::docker_registry_username, "who logs in there"),
      SecretText("docker_registry_password", &Config::docker_registry_password, "with this", {}),
      Word("storage", &Config::storage, {"auto", "btrfs", "directory"}, "auto, btrfs or directory"),
      Text("storage_pool", &Config::storage_pool, "size of the btrfs pool, a quantity"),
      Number("gateway_http_port", &Config::gateway_http_port, port, "port of plain HTTP"),
      Number("gateway_https_port", &Config::gateway_https_port, port, "port of HTTPS"),
      Flag("gateway_start", &Config::gateway_start,
           "start Caddy; false: it is a service of its own, as with the systemd units"),
      Flag("gateway_public", &Config::gateway_public,
           "listen on every address, else on loopback only"),
      Word("tls", &Config::tls, {"auto", "acme"},
           "auto: tls_crt, or an internal CA; acme: a public certificate per host, ordered by "
           "itself, which accepts the authority's terms"),
      Text("tls_crt", &Config::tls_crt, "wildcard certificate, PEM; empty: internal CA"),
      Text("tls_key", &Config::tls_key, "its key, PEM"),
      Text("acme_email", &Config::acme_email, "where the authority writes to; may be empty"),
      Text("acme_directory", &Config::acme_directory, "the authority's directory"),
      Text("acme_ca_root", &Config::acme_ca_root,
           "PEM trusted for a private authority and what it issues; empty: the system's store"),
      Number("acme_orders_per_3h", &Config::acme_orders_per_3h, {1, 100000},
             "orders of all hosts in three hours; the authority allows 300"),
      Number("acme_certificates_per_week", &Config::acme_certificates_per_week, {1, 100000},
             "first certificates of a registered domain in seven days; the authority allows 50"),
      List("public_addresses", &Config::public_addresses,
           "addresses this machine is reached at; empty: the public ones of its interfaces"),
      Text("dns_resolver", &Config::dns_resolver,
           "name server, address[:port], asked where a host leads before a certificate is ordered; "
           "empty: the system's"),
      Text("caddy", &Config::caddy, "the gateway's program"),
      Text("capacity_cpu", &Config::capacity_cpu,
           "cores that may be promised to instances, a quantity or unlimited; empty: four times "
           "what the machine has"),
      Text("capacity_memory", &Config::capacity_memory,
           "memory that may be promised, a quantity or unlimited; empty: nine tenths of the "
           "machine's, and 512Mi less"),
      Text("capacity_storage", &Config::capacity_storage,
           "storage that may be promised, a quantity or unlimited; empty: 95 % of the pool, or 80 "
           "% of the disk where storage is a folder"),
      Number("capacity_warn_percent", &Config::capacity_warn_percent, {1, 100},
             "a person is told when so much is promised"),
      Number("resync_interval", &Config::resync_interval, {1, 86400},
             "seconds between looks at every service"),
      Number("sweep_interval", &Config::sweep_interval, {1, 864000},
             "seconds between full reads of the provider"),
      Word("log_level", &Config::log_level, {"debug", "info", "warn", "error"},
           "debug, info, warn or error"),
      Word("log_format", &Config::log_format, {"text", "json"}, "text or json"),
  };
}

const ConfigKey* FindKey(std::string_view name) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

Status SetKey(Config& config, const ConfigKey& key, const std::string& text,
              const std::string& source) {
  Status set = key.set(config, text);
  if (set) return {};
  return Fail(ErrorKind::kInvalid,
              std::string(key.name) + " (" + source + "): " + set.error().message,
              std::string(key.name));
}

// A key of the old product; false when it is none.
Result<bool> SetOldKey(Config& config, std::string_view name, const std::string& text,
                       const std::string& source) {
  const auto old = ReadOldKey(name, text);
  if (!old) return false;
  if (!*old) return Wrap((*old).error(), source);
  const OldMeaning& meaning = **old;
  if (!meaning.note.empty()) config.notes.push_back(meaning.note);
  if (meaning.key.empty()) return true;
  KL_RETURN_IF_ERROR(SetKey(config, *FindKey(meaning.key), meaning.text, source));
  return true;
}

Result<std::string> ScalarOrList(const tmpl::Node& node) {
  if (node.is_scalar()) return node.is_null() ? std::string() : node.scalar;
  if (!node.is_sequence()) return Fail(ErrorKind::kInvalid, "expected a value, found a mapping");
  std::string all;
  for (const tmpl::Node* item : node.items) {
    if (!item->is_scalar()) return Fail(ErrorKind::kInvalid, "expected a list of values");
    all += (all.empty() ? "" : ",") + item->scalar;
  }
  return all;
}

// A file of comments alone says nothing, and that is no mistake.
bool SaysNothing(const std::string& text) {
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos && line[first] != '#' && line.substr(first, 3) != "---")
      return false;
  }
  return true;
}

Status ApplyFile(Config& config, const std::string& path) {
  KL_TRY(const std::string text, ReadFile(path));
  if (SaysNothing(text)) return {};
  auto document = tmpl::ParseYaml(text);
  if (!document) {
    return Fail(
        ErrorKind::kInvalid,
        path + ":" + std::to_string(document.error().line) + ": " + document.error().message,
        "config");
  }
  if (!document->root || document->root->is_null()) return {};
  if (!document->root->is_mapping()) {
    return Fail(ErrorKind::kInvalid, path + ": expected keys and values", "config");
  }
  for (const tmpl::Entry& entry : document->root->entries) {
    const std::string source = path + ":" + std::to_string(entry.mark.line);
    auto value = ScalarOrList(*entry.value);
    if (!value)
      return Fail(ErrorKind::kInvalid, source + ": " + entry.key + ": " + value.error().message,
                  entry.key);
    if (const ConfigKey* key = FindKey(entry.key)) {
      KL_RETURN_IF_ERROR(SetKey(config, *key, *value, source));
      continue;
    }
    KL_TRY(const bool known, SetOldKey(config, entry.key, *value, source));
    if (known) continue;
    return Fail(ErrorKind::kInvalid,
                source + ": unknown key " + entry.key + ": see kuberlogic serve --help", entry.key);
  }
  return {};
}

std::string FindFile(const Flags& flags, const Environment& environment) {
  for (const auto& [name, text] : flags) {
    if (name == "config") return text;
  }
  if (auto path = environment("KUBERLOGIC_CONFIG")) return *path;
  for (const char* path : {"kuberlogic.yaml", "/etc/kuberlogic/kuberlogic.yaml"}) {
    std::error_code ec;
    if (fs::exists(path, ec)) return path;
  }
  return {};
}

std::string Upper(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

Status CheckWhole(const Config& config) {
  KL_RETURN_IF_ERROR([&]() -> Status {
    Status host = CheckHost(config.kuberlogic_domain);
    if (host) return {};
    return Fail(ErrorKind::kInvalid, "kuberlogic_domain: " + host.error().message,
                "kuberlogic_domain");
  }());
  if (auto pool = Quantity::Parse(config.storage_pool); !pool) {
    return Fail(ErrorKind::kInvalid, "storage_pool: " + pool.error().message, "storage_pool");
  }
  KL_RETURN_IF_ERROR(CheckCapacity(config));
  if (!config.chargebee_site.empty() && config.chargebee_key.empty()) {
    return Fail(ErrorKind::kInvalid,
                "chargebee_key is missing: chargebee_site " + config.chargebee_site +
                    " cannot be read without an API key",
                "chargebee_key");
  }
  if (config.tls_crt.empty() != config.tls_key.empty()) {
    return Fail(ErrorKind::kInvalid, "tls_crt and tls_key are given together or not at all",
                "tls_key");
  }
  if (config.tls == "acme" && !config.tls_crt.empty()) {
    return Fail(ErrorKind::kInvalid, "tls_crt is given, and tls says acme: leave one of them out",
                "tls");
  }
  const bool login = !config.docker_registry_url.empty();
  if (login != !config.docker_registry_username.empty() ||
      login != !config.docker_registry_password.empty() ||
      (login && !config.docker_registry_auth.empty())) {
    return Fail(ErrorKind::kInvalid,
                "docker_registry_url, docker_registry_username and docker_registry_password are "
                "given together, or docker_registry_auth, or none",
                "docker_registry_url");
  }
  if (config.instance_port_first >= config.instance_port_last) {
    return Fail(ErrorKind::kInvalid, "instance_port_first must be below instance_port_last",
                "instance_port_first");
  }
  return {};
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() {
  static const std::vector<ConfigKey> keys = MakeKeys();
  return keys;
}

Result<Config> LoadConfig(const Flags& flags, const Environment& environment) {
  Config config;
  if (const std::string path = FindFile(flags, environment); !path.empty()) {
    KL_RETURN_IF_ERROR(ApplyFile(config, path));
  }
  for (const std::string_view name : OldKeys()) {
    const std::string variable = "KUBERLOGIC_" + Upper(name);
    const std::optional<std::string> text = environment(variable);
    if (text) KL_RETURN_IF_ERROR(SetOldKey(config, name, *text, variable));
  }
  for (const ConfigKey& key : ConfigKeys()) {
    std::string variable = "KUBERLOGIC_" + Upper(key.name);
    std::optional<std::string> text = environment(variable);
    if (!text && !key.old_variable.empty()) {
      variable = key.old_variable;
      text = environment(variable);
    }
    if (text) KL_RETURN_IF_ERROR(SetKey(config, key, *text, variable));
  }
  for (const auto& [name, text] : flags) {
    if (name == "config") continue;
    const ConfigKey* key = FindKey(name);
    if (!key) return Fail(ErrorKind::kInvalid, "unknown flag --" + name, name);
    std::string value = text;
    if (key->secret) {
      KL_TRY(SecretString secret, ReadSecretFlag(text));
      value = secret.Reveal();
    }
    KL_RETURN_IF_ERROR(SetKey(config, *key, value, "flag"));
  }
  KL_RETURN_IF_ERROR(CheckWhole(config));
  return config;
}

Result<SecretString> ReadSecretFlag(const std::string& text) { return cli::ReadSecretFlag(text); }

Result<std::string> ReadFile(const std::string& path, std::size_t bytes_max) {
  std::error_code ec;
  const auto size = fs::file_size(path, ec);
  if (ec) return Fail(ErrorKind::kInvalid, path + " cannot be read: " + ec.message());
  if (size > bytes_max) {
    return Fail(ErrorKind::kInvalid,
                path + " is larger than " + std::to_string(bytes_max) + " bytes");
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return Fail(ErrorKind::kInvalid, path + " cannot be read");
  return std::move(text).str();
}

Result<Mapping> LoadMapping(const std::string& path) {
  auto text = ReadFile(path);
  if (!text) return Fail(ErrorKind::kInvalid, text.error().message, "chargebee_mapping");
  Mapping mapping;
  if (SaysNothing(*text)) return mapping;
  auto document = tmpl::ParseYaml(*text);
  if (!document) {
    return Fail(
        ErrorKind::kInvalid,
        path + ":" + std::to_string(document.error().line) + ": " + document.error().message,
        "chargebee_mapping");
  }
  if (!document->root || document->root->is_null()) return mapping;
  if (!document->root->is_sequence()) {
    return Fail(ErrorKind::kInvalid, path + ": expected a list of {src: ..., dst: ...}",
                "chargebee_mapping");
  }
  for (const tmpl::Node* item : document->root->items) {
    const tmpl::Node* src = item->Find("src");
    const tmpl::Node* dst = item->Find("dst");
    if (!src || !dst || !src->is_scalar() || !dst->is_scalar() || src->scalar.empty() ||
        dst->scalar.empty()) {
      return Fail(ErrorKind::kInvalid,
                  path + ":" + std::to_string(item->begin.line) +
                      ": a rule needs src (feature id) and dst (service field)",
                  "chargebee_mapping");
    }
    mapping.push_back({src->scalar, dst->scalar});
  }
  return mapping;
}

}  // namespace kl::cmd
