// chargebee-sim: a billing provider on this machine, for tests, demonstrations and benchmarks.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "sim/chargebee/simulator.h"

namespace kl::chargebee_sim {
namespace {

struct Flags {
  SimulatorOptions options;
  std::vector<std::string> webhook_urls;
  std::string webhook_user;
  std::string webhook_password_file;
  std::string api_key_file;
  std::string catalog_file;
  std::int64_t webhook_timeout_ms = 10'000;
  bool without_mail = false;
  bool without_domain_field = false;
};

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Fail(ErrorKind::kNotFound, "cannot read file: " + path);
  return text.str();
}

// The first line: files written by an editor end with a line break.
Result<std::string> ReadSecret(const std::string& path) {
  KL_TRY(std::string text, ReadFile(path));
  return text.substr(0, text.find_first_of("\r\n"));
}

void Declare(CLI::App& app, Flags& flags) {
  SimulatorOptions& o = flags.options;
  app.add_option("--listen", o.listen, "address:port, port 0 = any free one")
      ->capture_default_str();
  app.add_option("--public-url", o.public_url, "base of links (default: the listen address)");
  app.add_option("--site", o.site.name, "name of the site")->capture_default_str();
  app.add_option("--api-key", o.api_key, "API key to accept");
  app.add_option("--api-key-file", flags.api_key_file, "file with the API key");
  app.add_option("--webhook-url", flags.webhook_urls, "where events go; may be repeated");
  app.add_option("--webhook-user", flags.webhook_user, "basic auth of the webhooks");
  app.add_option("--webhook-password-file", flags.webhook_password_file,
                 "file with the password of the webhooks");
  app.add_option("--webhook-ca", o.webhooks.ca_file, "PEM file to trust for https webhooks");
  app.add_option("--webhook-timeout-ms", flags.webhook_timeout_ms, "of one attempt")
      ->capture_default_str();
  app.add_option("--retry-scale", o.webhooks.retry_scale,
                 "factor on the provider's retry delays (1 = 2 min to 2 days)")
      ->capture_default_str();
  app.add_option("--rate-limit", o.rate_limit, "API calls a minute, 0 = off")
      ->capture_default_str();
  app.add_option("--catalog", flags.catalog_file, "JSON file with plans, features, entitlements");
  app.add_flag("--without-mail", flags.without_mail, "the mail is not enabled, as on a new site");
  app.add_flag("--without-domain-field", flags.without_domain_field,
               "cf_domain is not registered, as on a new site");
}

kl::Status Complete(Flags& flags) {
  SimulatorOptions& o = flags.options;
  if (!flags.api_key_file.empty()) {
    KL_TRY(o.api_key, ReadSecret(flags.api_key_file));
  }
  std::string password;
  if (!flags.webhook_password_file.empty()) {
    KL_TRY(password, ReadSecret(flags.webhook_password_file));
  }
  if (!flags.catalog_file.empty()) {
    KL_TRY(std::string text, ReadFile(flags.catalog_file));
    KL_TRY(o.site.catalog, ParseCatalog(text));
  }
  for (const auto& url : flags.webhook_urls) {
    WebhookEndpoint endpoint;
    endpoint.name = "webhook " + std::to_string(o.endpoints.size() + 1);
    endpoint.url = url;
    endpoint.user = flags.webhook_user;
    endpoint.password = password;
    o.endpoints.push_back(std::move(endpoint));
  }
  o.webhooks.timeout = Duration(flags.webhook_timeout_ms);
  o.site.mail_enabled = !flags.without_mail;
  if (flags.without_domain_field) o.site.custom_fields.clear();
  return {};
}

int Run(Flags flags) {
  auto complete = Complete(flags);
  if (!complete) {
    std::fprintf(stderr, "chargebee-sim: %s\n", complete.error().message.c_str());
    return 2;
  }
  net::IoLoop loop;
  auto simulator = Simulator::Start(loop, std::move(flags.options));
  if (!simulator) {
    std::fprintf(stderr, "chargebee-sim: %s\n", simulator.error().message.c_str());
    return 1;
  }
  std::printf("listening on %s\n", (*simulator)->url().c_str());
  std::fflush(stdout);
  loop.OnSignal([&loop](int) { loop.Stop(); });
  loop.Run();
  return 0;
}

}  // namespace
}  // namespace kl::chargebee_sim

int main(int argc, char** argv) {
  CLI::App app("A simulated Chargebee site: API, webhooks, storefront, portal, outbox.");
  kl::chargebee_sim::Flags flags;
  kl::chargebee_sim::Declare(app, flags);
  CLI11_PARSE(app, argc, argv);
  return kl::chargebee_sim::Run(std::move(flags));
}
