#include "cmd/try.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "adapters/gateway_caddy/gateway.h"
#include "cli/output.h"
#include "cmd/engine_cleanup.h"
#include "cmd/find_engine.h"
#include "cmd/installation.h"
#include "resources/value_json.h"
#include "template/template.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderPrefix = "kuberlogic-try-";
constexpr char kService[] = "try";
constexpr Duration kLook = std::chrono::milliseconds(250);

// A port nobody listens on: the preferred one, else one the system chooses.
int FreePort(std::uint16_t preferred) {
  for (const std::uint16_t port : {preferred, std::uint16_t{0}}) {
    const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    const bool free = ::bind(handle, any, size) == 0 && ::getsockname(handle, any, &size) == 0;
    ::close(handle);
    if (free) return ntohs(address.sin_port);
  }
  return preferred;
}

// The trial's own configuration. Trials at the same time differ in their addresses by chance.
Config ConfigOf(const Config& base, const std::string& engine, const TryWish& wish) {
  Config config;
  config.data_dir =
      (fs::temp_directory_path() / (std::string(kFolderPrefix) + std::to_string(getpid())))
          .string();
  config.api_listen = config.webhook_listen = "127.0.0.1:0";
  config.docker_compose = wish.file;
  config.engine = engine;
  config.pause_image = base.pause_image;
  config.pause_tar = PauseTar(base);
  config.docker_registry_auth = base.docker_registry_auth;
  config.docker_registry_url = base.docker_registry_url;
  config.docker_registry_username = base.docker_registry_username;
  config.docker_registry_password = base.docker_registry_password;
  config.instance_subnets = "10.212." + std::to_string(getpid() % 16 * 16) + ".0/20";
  config.instance_port_first = 30000 + getpid() % 20 * 100;
  config.instance_port_last = config.instance_port_first + 99;
  config.storage = "directory";
  config.gateway_http_port = FreePort(8080);
  config.gateway_https_port = FreePort(8443);
  config.gateway_public = false;
  config.tls = "auto";
  config.caddy = base.caddy;
  config.log_level = base.log_level;
  return config;
}

// Removes everything of a trial: containers, networks, gateway, folder.
Status RemoveAll(const Config& config) {
  net::IoLoop loop;
  auto removed = RemoveFromEngine(loop, config);
  auto ended = EndLeftGateway(config.data_dir);
  if (!removed) return std::unexpected(removed.error());
  if (!ended) return std::unexpected(ended.error());
  std::error_code error;
  fs::remove_all(config.data_dir, error);
  if (error)
    return Fail(ErrorKind::kUnavailable, config.data_dir + " cannot be removed: " +
                                             error.message() + ": remove it yourself");
  return {};
}

// Trials whose process is gone without having ended.
void RemoveLeftovers(const Config& base, const std::string& engine, std::ostream& err) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kFolderPrefix)) continue;
    const int pid = std::atoi(name.c_str() + kFolderPrefix.size());
    if (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) continue;
    Config left = base;
    left.engine = engine;
    left.data_dir = entry.path().string();
    if (Status gone = RemoveAll(left); gone)
      err << "removed what an earlier trial left: " << left.data_dir << "\n";
    else
      err << left.data_dir << ", left by an earlier trial: " << gone.error().message << "\n";
  }
}

class Trial {
 public:
  Trial(Config config, const cli::Globals& globals, const TryWish& wish, ValueMap body)
      : config_(std::move(config)), globals_(globals), wish_(wish), body_(std::move(body)) {}

  int Run() {
    InitLogging(config_.log_level == "debug" ? LogLevel::kDebug : LogLevel::kError,
                LogFormat::kText);
    const int code = Serve();
    // From here on a second Ctrl-C must not leave half of it behind.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    Say("removing everything of it");
    const Status gone = RemoveAll(config_);
    if (!gone) return cli::Report(globals_, gone.error());
    Say("gone");
    return code;
  }

 private:
  void Say(const std::string& text) { *globals_.out << text << std::endl; }

  int Serve() {
    net::IoLoop loop;
    loop.OnSignal([&loop](int) { loop.Stop(); });
    Installation installation(loop);
    if (Status opened = installation.Open(config_); !opened)
      return cli::Report(globals_, opened.error());
    loop_ = &loop;
    TaskScope scope(loop);
    scope.Spawn(Follow(installation));
    loop.Run();
    return ready_ ? 0 : 1;
  }

  Task<void> Follow(Installation& installation) {
    Status started = co_await installation.Start();
    Status done;
    if (started) done = co_await Await(installation.api_address());
    if (!started) done = std::move(started);
    if (done && !wish_.once) co_return;  // until Ctrl-C
    if (!done) cli::Report(globals_, done.error());
    loop_->Stop();
  }

  // Orders the instance and tells how it comes up; returns once it is ready.
  Task<Status> Await(std::string api) {
    KL_CO_TRY(const std::string token, ReadFile(config_.data_dir + "/token"));
    token_ = SecretString(token.substr(0, token.find('\n')));
    api_ = std::move(api);
    net::ClientOptions options{.base = "http://" + api_};
    const auto client = net::HttpClient::Make(*loop_, options);
    client_ = client.get();
    const auto begun = loop_->Monotonic();
    KL_CO_TRY(const Value made, co_await Call("POST", "/api/v1/services", body_));
    std::string told;
    while (true) {
      KL_CO_TRY(const Value service, co_await Call("GET", Path(""), {}));
      if (cli::At(service, "status") == "Ready") {
        TellReady(service, loop_->Monotonic() - begun);
        co_return Status{};
      }
      KL_CO_TRY(const Value why, co_await Call("GET", Path("/explain"), {}));
      TellProgress(why, told);
      if (wish_.patience_seconds > 0 &&
          loop_->Monotonic() - begun > std::chrono::seconds(wish_.patience_seconds))
        co_return Fail(ErrorKind::kUnavailable,
                       "not ready after " + std::to_string(wish_.patience_seconds) + " s: " + told);
      co_await Sleep(*loop_, kLook);
    }
  }

  static std::string Path(const std::string& rest) {
    return std::string("/api/v1/services/") + kService + rest;
  }

  // Each reason once, with what to do about it.
  void TellProgress(const Value& why, std::string& told) {
    std::string now = cli::At(why, "summary");
    if (const std::string remedy = cli::At(why, "remedy"); !remedy.empty()) now += "; " + remedy;
    if (now.empty() || now == told) return;
    Say("  " + now);
    told = std::move(now);
  }

  void TellReady(const Value& service, MonoTime::duration took) {
    ready_ = true;
    std::ostringstream seconds;
    seconds << std::fixed << std::setprecision(1) << std::chrono::duration<double>(took).count();
    Say("ready after " + seconds.str() + " s: " + cli::At(service, "endpoint"));
    if (wish_.once) return;
    const std::string program =
        "kuberlogic --hostname " + api_ + " --token @" + config_.data_dir + "/token service ";
    Say("  the browser asks once about its certificate, which is this trial's own\n  logs:    " +
        program + "logs " + kService + "\n  secrets: " + program + "secrets " + kService +
        "\nCtrl-C removes everything of it");
  }

  Task<Result<Value>> Call(std::string method, std::string path, ValueMap body) {
    net::Request request{.method = std::move(method), .target = std::move(path)};
    request.headers.Set("X-Token", token_.Reveal());
    if (!body.empty()) {
      request.headers.Set("Content-Type", "application/json");
      request.body = ToJson(Value(std::move(body)));
    }
    KL_CO_TRY(const net::Response answer,
              co_await client_->Send(std::move(request), std::chrono::seconds(30)));
    auto value = ValueFromJson(answer.body);
    if (answer.status >= 200 && answer.status < 300) co_return value;
    const std::string said = value ? cli::At(*value, "message") : "";
    co_return Fail(ErrorKind::kInvalid, said.empty() ? answer.body.substr(0, 200) : said);
  }

  const Config config_;
  const cli::Globals& globals_;
  const TryWish& wish_;
  const ValueMap body_;
  net::IoLoop* loop_ = nullptr;
  net::HttpClient* client_ = nullptr;
  std::string api_;
  SecretString token_;
  bool ready_ = false;
};

// The plan's id; empty when the template has none.
Result<std::string> ChoosePlan(const std::map<std::string, Plan>& plans, const std::string& wish) {
  if (!wish.empty() && plans.contains(wish)) return wish;
  std::string known;
  for (const auto& [id, plan] : plans) known += (known.empty() ? "" : ", ") + id;
  if (!wish.empty())
    return Fail(ErrorKind::kInvalid,
                "no plan '" + wish + "': the template has " + (known.empty() ? "none" : known),
                "plan");
  if (plans.empty() || plans.contains("default")) return plans.empty() ? "" : "default";
  return plans.begin()->first;
}

Result<ValueMap> BodyOf(const Plan& plan, const TryWish& wish) {
  ValueMap body{{"id", kService}, {"type", "docker-compose"}};
  ValueMap limits;
  for (const auto& [name, limit] : {std::pair("cpu", plan.limits.cpu),
                                    {"memory", plan.limits.memory},
                                    {"storage", plan.limits.storage}})
    if (limit) limits[name] = limit->text();
  if (!limits.empty()) body["limits"] = std::move(limits);
  if (plan.version) body["version"] = *plan.version;
  ValueMap parameters = plan.parameters;
  for (const std::string& each : wish.parameters) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos)
      return Fail(ErrorKind::kInvalid, "'" + each + "' is not name=value", "parameter");
    parameters[each.substr(0, equals)] = each.substr(equals + 1);
  }
  if (!parameters.empty()) body["advanced"] = std::move(parameters);
  return body;
}

}  // namespace

int Try(const Config& base, const cli::Globals& globals, const TryWish& wish) {
  auto text = ReadFile(wish.file);
  if (!text) return cli::Report(globals, text.error());
  const auto loaded = tmpl::Template::Load(*text, "docker-compose");
  if (!loaded.value) {
    *globals.err << tmpl::Format(loaded.diagnostics, wish.file)
                 << "an ordinary Compose file becomes a template by: kuberlogic template import "
                 << wish.file << " -o app.yaml\n";
    return 2;
  }
  const auto& plans = loaded.value->info().plans;
  auto plan = ChoosePlan(plans, wish.plan);
  if (!plan) return cli::Report(globals, plan.error());
  auto body = BodyOf(plan->empty() ? Plan() : plans.at(*plan), wish);
  if (!body) return cli::Report(globals, body.error());
  auto engine = FindEngine(base);
  if (!engine) return cli::Report(globals, engine.error());
  RemoveLeftovers(base, *engine, *globals.err);
  *globals.out << "trying " << wish.file << (plan->empty() ? "" : ", plan " + *plan)
               << ": one instance on this machine, without billing" << std::endl;
  return Trial(ConfigOf(base, *engine, wish), globals, wish, std::move(*body)).Run();
}

}  // namespace kl::cmd
