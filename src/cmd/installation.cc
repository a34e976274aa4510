#include "cmd/installation.h"

#include <filesystem>
#include <fstream>

#include "api/openapi.h"
#include "api/webhook.h"
#include "base/log.h"
#include "cmd/capacity.h"
#include "cmd/find_engine.h"
#include "cmd/kept_word.h"
#include "cmd/open_volumes.h"
#include "cmd/provider_options.h"
#include "cmd/registry_auth.h"
#include "cmd/version.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

// The installation's random id: containers carry it, so that several installations can share an
// engine.
Result<std::string> OwnerId(const std::string& data_dir) {
  return KeptWord(data_dir + "/installation-id", SystemRandom());
}

Result<SecretString> TokenOf(const Config& config) {
  if (!config.token.empty()) return config.token;
  KL_TRY(std::string token, KeptWord(config.data_dir + "/token", SystemRandom()));
  return SecretString(std::move(token));
}

std::string KeyPath(const Config& config) {
  return config.key_file.empty() ? config.data_dir + "/key" : config.key_file;
}

}  // namespace

app::Records Installation::records() {
  return {database_->subscriptions(), database_->services(), database_->names(),
          database_->templates(),     database_->sites(),    database_->secrets()};
}

Status Installation::Open(const Config& config) {
  config_ = config;
  settings_.domain = config.kuberlogic_domain;
  settings_.public_port =
      config.gateway_https_port == 443 ? 0 : static_cast<std::uint16_t>(config.gateway_https_port);
  settings_.domain_value = config.domain_value == "host" ? DomainValue::kHost : DomainValue::kUrl;
  settings_.ignored_plans.insert(config.billing_ignore.begin(), config.billing_ignore.end());
  settings_.resync_every = std::chrono::seconds(config.resync_interval);
  settings_.sweep_every = std::chrono::seconds(config.sweep_interval);
  if (config.chargebee_poll_interval > 0) {
    settings_.poll_with_webhook = settings_.poll_without_webhook =
        std::chrono::seconds(config.chargebee_poll_interval);
  }
  if (!config.chargebee_mapping.empty()) {
    KL_TRY(settings_.mapping, LoadMapping(config.chargebee_mapping));
    settings_.mapping_is_explicit = true;
  }
  KL_RETURN_IF_ERROR(OpenState(config));
  KL_RETURN_IF_ERROR(OpenEngine(config));
  KL_RETURN_IF_ERROR(LookAtMachine(config));
  KL_RETURN_IF_ERROR(OpenGateway(config));
  KL_RETURN_IF_ERROR(OpenBilling(config));
  MakeLoops();
  return {};
}

Status Installation::OpenState(const Config& config) {
  KL_RETURN_IF_ERROR(MakePrivateDirectory(config.data_dir));
  KL_TRY(token_, TokenOf(config));
  KL_TRY(database_, sqlite::Database::Open(loop_, {.path = config.data_dir + "/kuberlogic.db",
                                                   .key_path = KeyPath(config),
                                                   .secrets_dir = config.data_dir + "/secrets"}));
  timeline_ = std::make_unique<app::Timeline>(loop_, database_->history());
  history_keeper_ = std::make_unique<app::HistoryKeeper>(loop_, database_->history());
  templates_ = std::make_unique<app::StoredTemplates>(database_->templates());
  return {};
}

Status Installation::OpenEngine(const Config& config) {
  KL_TRY(volumes_, OpenVolumes(loop_, config));
  KL_TRY(const std::string socket, FindEngine(config));
  KL_TRY(const std::string owner, OwnerId(config.data_dir));
  std::string registry_auth = config.docker_registry_auth;
  if (!config.docker_registry_url.empty()) {
    registry_auth = config.data_dir + "/registry-auth.json";
    KL_RETURN_IF_ERROR(WriteRegistryAuth(
        registry_auth, {config.docker_registry_url, config.docker_registry_username,
                        config.docker_registry_password}));
  }
  KL_TRY(engine_,
         DockerEngine::Make(loop_,
                            {.socket = socket,
                             .owner = owner,
                             .files_dir = config.data_dir + "/files",
                             .pause_image = config.pause_image,
                             .pause_tar = PauseTar(config),
                             .subnet_pool = config.instance_subnets,
                             .port_first = static_cast<std::uint16_t>(config.instance_port_first),
                             .port_last = static_cast<std::uint16_t>(config.instance_port_last),
                             .registry_auth_file = registry_auth},
                            *volumes_));
  return {};
}

Status Installation::LookAtMachine(const Config& config) {
  machine_ = std::make_unique<LinuxMachine>(config.data_dir + "/storage");
  KL_TRY(const Amounts has, machine_->Has());
  KL_TRY(settings_.capacity, CapacityOf(config, has, StorageIsPool(config)));
  settings_.capacity_warn_percent = config.capacity_warn_percent;
  return {};
}

Status Installation::OpenGateway(const Config& config) {
  GatewayOptions options{.data_dir = config.data_dir,
                         .domain = config.kuberlogic_domain,
                         .http_port = static_cast<std::uint16_t>(config.gateway_http_port),
                         .https_port = static_cast<std::uint16_t>(config.gateway_https_port),
                         .cert_file = config.tls_crt,
                         .key_file = config.tls_key,
                         .certificate_by_host = config.tls == "acme",
                         .ca_file = config.acme_ca_root,
                         .caddy_program = config.caddy,
                         .start = config.gateway_start,
                         .bind_all = config.gateway_public};
  // The listeners come first: their ports may be chosen by the system.
  KL_RETURN_IF_ERROR(Listen(config));
  options.api_upstream = api_address_;
  options.webhook_upstream = webhook_address_;
  options.webhook_paths = {"/chargebee-webhook"};
  KL_TRY(gateway_, CaddyGateway::Make(loop_, std::move(options)));
  if (config.tls != "acme") return {};
  KL_TRY(certificates_,
         PublicCertificates::Open(loop_, config, *gateway_, database_->certificates()));
  return {};
}

Status Installation::OpenBilling(const Config& config) {
  if (config.chargebee_site.empty()) {
    Log(LogLevel::kInfo, "chargebee_site is empty: the billing integration is disabled");
    return {};
  }
  chargebee::Options options = ChargebeeOptions(config);
  if (options.webhook_user.empty()) {
    Log(LogLevel::kWarn,
        "webhooks are not authenticated: set chargebee_webhook_user and "
        "chargebee_webhook_password");
  }
  webhook_ = std::make_unique<chargebee::ChargebeeIntake>(options);
  provider_ = std::make_unique<chargebee::Chargebee>(loop_, std::move(options));
  marks_ = std::make_unique<app::SiteMarks>(database_->sites(), provider_->Name(),
                                            provider_->SiteName());
  intake_ = std::make_unique<app::IntakeService>(loop_, *webhook_, database_->hints(),
                                                 database_->history());
  return {};
}

void Installation::MakeLoops() {
  Random& random = SystemRandom();
  if (provider_) {
    subscriptions_ = std::make_unique<app::SubscriptionLoop>(app::SubscriptionLoop::Deps{
        loop_, random, records(), database_->hints(), *provider_, *provider_,
        database_->watch_services(), *templates_, *marks_, *timeline_, settings_});
    feed_ = std::make_unique<app::FeedLoop>(
        app::FeedLoop::Deps{loop_, random, *provider_, *provider_, database_->hints(), *intake_,
                            records(), *marks_, settings_});
  }
  Gateway& gateway = certificates_ ? certificates_->gateway() : *gateway_;
  services_ = std::make_unique<app::ServiceLoop>(
      app::ServiceLoop::Deps{loop_, random, records(), database_->watch_services(), *templates_,
                             *engine_, *engine_, gateway, *gateway_, *timeline_, settings_});
  verbs_ = std::make_unique<app::Services>(
      app::Services::Deps{loop_, random, records(), *templates_, database_->history(), settings_});
  credentials_ = std::make_unique<app::Credentials>(
      app::Credentials::Deps{loop_, records(), *templates_, database_->history(), *engine_});
  explainer_ = std::make_unique<app::Explainer>(app::Explainer::Deps{
      loop_, records(), database_->history(), *engine_, marks_.get(), subscriptions_.get(),
      feed_.get(), intake_.get(), *services_,
      provider_ ? SubscriptionKey{provider_->Name(), provider_->SiteName(), ""} : SubscriptionKey{},
      certificates_ ? &certificates_->loop() : nullptr, templates_.get(), machine_.get()});
  api_ = std::make_unique<api::Api>(api::Api::Deps{
      .loop = loop_,
      .records = records(),
      .hints = database_->hints(),
      .history = database_->history(),
      .console = *engine_,
      .verbs = *verbs_,
      .credentials = *credentials_,
      .explainer = *explainer_,
      .subscriptions = subscriptions_.get(),
      .marks = marks_.get(),
      .intake = intake_.get(),
      .site = provider_ ? SubscriptionKey{provider_->Name(), provider_->SiteName(), ""}
                        : SubscriptionKey{},
      .token = token_,
      .version = Version(),
      .openapi = std::string(api::OpenApiJson())});
  scope_ = std::make_unique<TaskScope>(loop_);
}

Status Installation::Listen(const Config& config) {
  auto webhooks =
      net::HttpServer::Listen(loop_, config.webhook_listen,
                              [this](net::Request request) -> Task<net::Response> {
                                return api::AnswerWebhook(intake_.get(), std::move(request));
                              },
                              {.body_bytes_max = 1 << 20});
  if (!webhooks) return Wrap(webhooks.error(), "webhook_listen");
  webhook_server_ = std::move(*webhooks);
  const auto with_port = [](const std::string& address, std::uint16_t port) {
    return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
  };
  webhook_address_ = with_port(config.webhook_listen, webhook_server_->port());
  auto rest = net::HttpServer::Listen(loop_, config.api_listen, [this](net::Request request) {
    return api_->Handle(std::move(request));
  });
  if (!rest) return Wrap(rest.error(), "api_listen");
  api_server_ = std::move(*rest);
  api_address_ = with_port(config.api_listen, api_server_->port());
  return {};
}

Task<Status> Installation::LoadTemplates() {
  KL_CO_RETURN_IF_ERROR(co_await templates_->Load());
  std::vector<std::pair<std::string, std::string>> wanted;
  if (!config_.docker_compose.empty())
    wanted.emplace_back("docker-compose", config_.docker_compose);
  for (const std::string& each : config_.templates) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) {
      co_return Fail(ErrorKind::kInvalid, "templates: '" + each + "' is not type=path",
                     "templates");
    }
    wanted.emplace_back(each.substr(0, equals), each.substr(equals + 1));
  }
  for (const auto& [type, path] : wanted) {
    KL_CO_TRY(std::string text, ReadFile(path));
    auto installed = co_await templates_->Install(type, std::move(text));
    if (!installed) co_return Wrap(installed.error(), path);
  }
  co_return templates_->CheckLoaded();
}

Task<Status> Installation::Start() {
  KL_CO_RETURN_IF_ERROR(co_await LoadTemplates());
  scope_->Spawn(StartLoops());
  co_return Status{};
}

// What the engine holds decides about adoption, so the subscription loop waits for it; everything
// else starts at once.
Task<void> Installation::StartLoops() {
  history_keeper_->Start();
  services_->Start();
  if (certificates_) co_await certificates_->Start();
  if (!subscriptions_) co_return;
  for (int failures = 1;; ++failures) {
    auto found = co_await engine_->Inventory();
    if (found) {
      subscriptions_->Start(*found);
      break;
    }
    Log(LogLevel::kWarn, "engine cannot be asked what it holds; orders wait",
        {{"error", found.error()}});
    const BackoffPolicy backoff{.first = Duration(100), .max = std::chrono::seconds(5)};
    co_await Sleep(loop_, BackoffDelay(backoff, failures, SystemRandom()));
  }
  feed_->Start();
}

}  // namespace kl::cmd
