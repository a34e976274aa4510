#include "adapters/gateway_caddy/gateway.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "adapters/gateway_caddy/config.h"
#include "adapters/gateway_caddy/route_files.h"
#include "adapters/gateway_caddy/storage.h"
#include "base/log.h"

namespace kl {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr Duration kPutPatience = seconds(5);
constexpr Duration kProbeLimit = seconds(5);
constexpr Duration kEndPatience = seconds(12);  // more than Caddy's own grace_period
// sun_path has 108 bytes with its final zero.
constexpr std::size_t kSocketPathMax = 107;

std::string GatewayDir(const std::string& data_dir) {
  return (fs::absolute(data_dir).lexically_normal() / "gateway").string();
}
std::string AdminSocket(const std::string& dir) { return dir + "/admin.sock"; }
std::string PidFile(const std::string& dir) { return dir + "/caddy.pid"; }

gateway::ProcessOptions ProcessOptionsOf(const GatewayOptions& options, const std::string& dir) {
  gateway::ProcessOptions out;
  out.program = options.caddy_program;
  out.args = {"run", "--config", dir + "/caddy.json"};
  out.environment = {"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir,
                     "PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  out.pid_file = PidFile(dir);
  out.output_file = dir + "/caddy.out";
  return out;
}

net::ClientOptions AdminClient(const std::string& dir) {
  net::ClientOptions out;
  out.base = "unix:" + AdminSocket(dir);
  out.connections_max = 2;
  return out;
}

Status CheckOptions(const GatewayOptions& options, const std::string& dir) {
  if (options.domain.empty()) return Fail(ErrorKind::kInvalid, "domain: is empty", "domain");
  if (options.http_port == 0 || options.https_port == 0 ||
      options.http_port == options.https_port) {
    return Fail(ErrorKind::kInvalid, "https_port: two different ports are needed", "https_port");
  }
  if (options.cert_file.empty() != options.key_file.empty()) {
    return Fail(ErrorKind::kInvalid, "cert_file: a certificate and its key are given together",
                "cert_file");
  }
  if (options.certificate_by_host && !options.cert_file.empty()) {
    return Fail(ErrorKind::kInvalid, "cert_file: certificates are by host or given, not both",
                "cert_file");
  }
  // Braces are placeholders to Caddy, brackets, stars and backslashes patterns.
  if (dir.find_first_of("{}[]*?\\") != std::string::npos ||
      AdminSocket(dir).size() > kSocketPathMax) {
    return Fail(ErrorKind::kInvalid,
                "data_dir: '" + options.data_dir +
                    "' is too long or has special characters; choose a shorter, plain path",
                "data_dir");
  }
  if (::access(options.caddy_program.c_str(), X_OK) != 0) {
    return Fail(ErrorKind::kInvalid,
                "caddy_program: '" + options.caddy_program +
                    "' cannot be run; install the package caddy or name the program",
                "caddy_program");
  }
  return {};
}

Status MakeGatewayDirectory(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (!error) fs::permissions(dir, fs::perms::owner_all, error);
  if (!error) return {};
  return Fail(ErrorKind::kUnavailable,
              "cannot make the gateway's directory: '" + dir + "': " + error.message());
}

}  // namespace

CaddyGateway::CaddyGateway(net::IoLoop& loop, GatewayOptions options)
    : loop_(loop),
      options_(std::move(options)),
      dir_(GatewayDir(options_.data_dir)),
      tree_(dir_ + "/routes"),
      process_(loop, ProcessOptionsOf(options_, dir_)),
      admin_(net::HttpClient::Make(loop, AdminClient(dir_))),
      up_changed_(loop),
      wake_(loop),
      scope_(loop) {}

CaddyGateway::~CaddyGateway() = default;

Result<std::unique_ptr<CaddyGateway>> CaddyGateway::Make(net::IoLoop& loop,
                                                         GatewayOptions options) {
  KL_RETURN_IF_ERROR(CheckOptions(options, GatewayDir(options.data_dir)));
  std::unique_ptr<CaddyGateway> made(new CaddyGateway(loop, std::move(options)));
  KL_RETURN_IF_ERROR(made->Prepare());
  made->scope_.Spawn(made->Supervise());
  if (!made->options_.cert_file.empty()) made->scope_.Spawn(made->WatchCertificate());
  if (made->files_) made->scope_.Spawn(made->RefreshDaily());
  return made;
}

Status CaddyGateway::Prepare() {
  KL_RETURN_IF_ERROR(MakeGatewayDirectory(dir_));
  KL_TRY(std::vector<Route> routes, tree_.Load());
  for (Route& route : routes) routes_.emplace(route.host, std::move(route));
  if (options_.certificate_by_host) return PrepareByHost();
  if (options_.cert_file.empty()) {
    trust_file_ = RootCertificatePath();
    return gateway::PrepareStorage(dir_ + "/storage", options_.domain);
  }
  return TakeCertificate();
}

std::string CaddyGateway::RootCertificatePath() const {
  return options_.cert_file.empty() ? dir_ + "/storage/" + gateway::kRootCertificate : "";
}

Status CaddyGateway::TakeCertificate() {
  const gateway::CertificatePair given{options_.cert_file, options_.key_file};
  certificate_stamp_ = gateway::FileStamp(given);
  KL_TRY(auto kept, gateway::KeepCertificate(given, options_.domain, dir_ + "/certificate"));
  KL_TRY(auto facts, gateway::CheckCertificate(kept, options_.domain));
  if (!facts.covers_domain) {
    Log(LogLevel::kWarn, "certificate is not good for the hosts of the domain",
        {{"cert_file", options_.cert_file}, {"hosts", "*." + options_.domain}});
  }
  if (facts.not_after < loop_.Now()) {
    Log(LogLevel::kWarn, "certificate has expired", {{"cert_file", options_.cert_file}});
  }
  certificate_ = kept;
  trust_file_ = options_.ca_file;
  if (trust_file_.empty() && facts.self_contained) trust_file_ = kept.cert_file;
  return {};
}

std::string CaddyGateway::Config() const {
  gateway::ConfigInput input;
  input.admin_socket = AdminSocket(dir_);
  input.storage_dir = dir_ + "/storage";
  input.routes_dir = tree_.root().string();
  input.log_file = dir_ + "/caddy.log";
  input.domain = options_.domain;
  input.http_port = options_.http_port;
  input.https_port = options_.https_port;
  input.bind_all = options_.bind_all;
  if (files_) {
    input.lookup = {.port = lookup_.port,
                    .secret = lookup_.secret,
                    .directory = files_->certificates(),
                    .proofs_dir = files_->proofs()};
  }
  input.cert_file = certificate_.cert_file;
  input.key_file = certificate_.key_file;
  input.api_upstream = options_.api_upstream;
  input.webhook_upstream = options_.webhook_upstream;
  input.webhook_paths = options_.webhook_paths;
  return gateway::BuildConfig(input);
}

Task<Status> CaddyGateway::Put(Route route) {
  KL_CO_TRY(Route normal, gateway::NormalizeRoute(std::move(route)));
  if (normal.host == gateway::ApiHost(options_.domain) ||
      normal.host == gateway::WebhookHost(options_.domain)) {
    co_return Fail(ErrorKind::kInvalid, "host is the gateway's own: '" + normal.host + "'", "host");
  }
  auto known = routes_.find(normal.host);
  if (known == routes_.end() || known->second != normal) {
    if (files_) KL_CO_RETURN_IF_ERROR(files_->Cover(normal.host));
    KL_CO_RETURN_IF_ERROR(tree_.Write(normal));
    std::string host = normal.host;
    routes_.insert_or_assign(std::move(host), std::move(normal));
  }
  Status live = co_await Ready(kPutPatience);
  co_return live;
}

Task<Status> CaddyGateway::Remove(std::string host) {
  Route named;
  named.host = std::move(host);
  named.state = RouteState::kStopped;
  KL_CO_TRY(named, gateway::NormalizeRoute(std::move(named)));
  KL_CO_RETURN_IF_ERROR(tree_.Remove(named.host));
  routes_.erase(named.host);
  if (files_) files_->Uncover(named.host);
  Status live = co_await Ready(kPutPatience);
  co_return live;
}

Task<Result<std::vector<Route>>> CaddyGateway::List() {
  std::vector<Route> out;
  out.reserve(routes_.size());
  for (const auto& [host, route] : routes_) out.push_back(route);
  co_return out;
}

Task<Result<Answer>> CaddyGateway::Get(std::string host, std::string path, bool insecure) {
  const std::uint16_t port = insecure ? options_.http_port : options_.https_port;
  const std::uint16_t usual = insecure ? 80 : 443;
  net::ClientOptions client;
  client.base = (insecure ? "http://" : "https://") + host;
  if (port != usual) client.base += ":" + std::to_string(port);
  client.connect_to = "127.0.0.1:" + std::to_string(port);
  client.ca_file = insecure ? "" : trust_file_;
  client.connections_max = 1;
  auto http = net::HttpClient::Make(loop_, std::move(client));
  net::Request request;
  request.target = path.empty() ? "/" : std::move(path);
  // Only the head is of interest: the body, of whatever size, is not read.
  auto response = co_await http->Stream(std::move(request), kProbeLimit);
  if (!response) co_return Wrap(std::move(response).error(), "host '" + host + "'");
  Answer answer;
  answer.status = response->status;
  answer.location = response->headers.Find("Location").value_or("");
  co_return answer;
}

Task<Status> CaddyGateway::Ready(Duration limit) {
  const MonoTime deadline = loop_.Monotonic() + limit;
  while (!up_ && !stopped_ && loop_.Monotonic() < deadline) {
    co_await up_changed_.WaitFor(deadline - loop_.Monotonic());
  }
  if (up_) co_return Status();
  co_return Fail(ErrorKind::kUnavailable, "the gateway does not answer: " + last_failure_);
}

Task<void> CaddyGateway::Stop() {
  scope_.Clear();
  last_failure_ = "it was stopped";
  stopped_ = true;
  up_ = false;
  up_changed_.Set();
  auto adopted = process_.running() ? Result<bool>(true) : process_.Adopt();
  if (adopted && *adopted) co_await process_.End(kEndPatience);
}

Result<bool> EndLeftGateway(const std::string& data_dir) {
  return gateway::EndProcessOf(PidFile(GatewayDir(data_dir)), kEndPatience);
}

Status BecomeGateway(const std::string& data_dir, const std::string& caddy_program) {
  const std::string dir = GatewayDir(data_dir);
  const GatewayOptions options{
      .data_dir = data_dir, .domain = "localhost", .caddy_program = caddy_program};
  KL_RETURN_IF_ERROR(CheckOptions(options, dir));
  KL_RETURN_IF_ERROR(MakeGatewayDirectory(dir));
  return gateway::BecomeProcess(ProcessOptionsOf(options, dir), [&dir]() -> Status {
    ::unlink(AdminSocket(dir).c_str());
    KL_RETURN_IF_ERROR(gateway::RepairStorage(dir + "/storage"));
    if (fs::exists(dir + "/caddy.json")) return {};
    return gateway::WriteConfigFile(dir, gateway::BuildBareConfig(AdminSocket(dir)));
  });
}

}  // namespace kl
