// The configuration of `kuberlogic serve`: flag, environment, file, default, in this order.
//
// Every key is a flag with dashes, a variable KUBERLOGIC_ + upper case, and a line of the file. The
// old product's variable names (TOKEN, CHARGEBEE_SITE, KUBERLOGIC_DOMAIN, ...) are read as well.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/log.h"
#include "base/secret.h"

namespace kl::cmd {

struct Config {
  std::string data_dir = "/var/lib/kuberlogic";
  std::string api_listen = "127.0.0.1:8001";
  std::string webhook_listen = "127.0.0.1:4242";
  std::string kuberlogic_domain = "apps.localhost";
  std::string docker_compose;          // path of the template served as type "docker-compose"
  std::vector<std::string> templates;  // further ones, "type=path"
  SecretString token;                  // empty: made at first start, <data_dir>/token

  std::string chargebee_site;  // empty: billing is disabled
  SecretString chargebee_key;
  std::string chargebee_api_url;
  std::string chargebee_webhook_user;
  SecretString chargebee_webhook_password;
  std::string chargebee_webhook_url;  // empty: https://billing.<domain>/chargebee-webhook
  std::string chargebee_mapping;      // path
  std::string chargebee_domain_field = "cf_domain";
  std::string domain_value = "url";
  int chargebee_rate_per_minute = 150;
  int chargebee_poll_interval = 0;          // seconds; 0: 15 s without webhooks, else 5 min
  std::vector<std::string> billing_ignore;  // plans that are not ours

  std::string key_file;         // seals secrets; empty: <data_dir>/key, made at first start
  std::string service_command;  // keeps `serve` running instead of systemd; see ServiceManager

  std::string engine;  // socket path, or "memory"; empty: found
  std::string pause_image = "localhost/kuberlogic/pause:1";
  std::string pause_tar;
  std::string instance_subnets = "10.213.0.0/16";
  int instance_port_first = 20000;
  int instance_port_last = 29999;
  std::string docker_registry_auth;  // path of a file as `docker login` writes it
  std::string docker_registry_url, docker_registry_username;  // or the login itself
  SecretString docker_registry_password;
  std::string storage = "auto";       // auto, btrfs, directory
  std::string storage_pool = "20Gi";  // size of the btrfs pool

  int gateway_http_port = 80;
  int gateway_https_port = 443;
  bool gateway_start = true;   // false: Caddy is a service of its own
  bool gateway_public = true;  // listen on every address, else on loopback only
  std::string tls = "auto";    // auto: tls_crt, else an internal CA; acme: one per host
  std::string tls_crt, tls_key;
  std::string acme_email;
  std::string acme_directory = "https://acme-v02.api.letsencrypt.org/directory";
  std::string acme_ca_root;
  int acme_orders_per_3h = 250;
  int acme_certificates_per_week = 45;
  std::vector<std::string> public_addresses;  // empty: found
  std::string dns_resolver;                   // empty: the system's
  std::string caddy = "/usr/bin/caddy";

  // What may be promised to instances, quantities; empty: what the machine has.
  std::string capacity_cpu, capacity_memory, capacity_storage;
  int capacity_warn_percent = 80;

  int resync_interval = 600;        // seconds
  int sweep_interval = 86400;       // seconds
  std::string log_level = "info";   // debug, info, warn, error
  std::string log_format = "text";  // text, json

  std::vector<std::string> notes;  // what was given and has no effect, said at start
};

// One key: how it is called, what it is for, and how a text becomes its value. The reference page
// is made from these.
struct ConfigKey {
  std::string_view name;  // "chargebee_site"
  std::string_view help;
  bool secret = false;  // a flag's value is @FILE or -; never shown
  std::function<Status(Config&, const std::string&)> set;
  std::function<std::string(const Config&)> show;
  std::string_view old_variable;  // of the old product, empty when none
};
std::span<const ConfigKey> ConfigKeys();

using Flags = std::vector<std::pair<std::string, std::string>>;  // key name -> text, as given
using Environment = std::function<std::optional<std::string>(const std::string& variable)>;

// Reads the file (`config` among the flags, else ./kuberlogic.yaml, else
// /etc/kuberlogic/kuberlogic.yaml, else none), then applies environment and flags. kInvalid names
// the key, where it came from and the remedy.
Result<Config> LoadConfig(const Flags& flags, const Environment& environment);

// `text` of a secret's flag: "@FILE", "-" (standard input) or a literal.
Result<SecretString> ReadSecretFlag(const std::string& text);

// [{src: volume_size, dst: limits.storage}]
Result<Mapping> LoadMapping(const std::string& path);

Result<std::string> ReadFile(const std::string& path, std::size_t bytes_max = 4 << 20);

}  // namespace kl::cmd
