// The part of CaddyGateway that keeps Caddy running and its configuration ours.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "adapters/gateway_caddy/gateway.h"
#include "adapters/gateway_caddy/port_check.h"
#include "adapters/gateway_caddy/storage.h"
#include "base/log.h"

namespace kl {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRestartDelayMin = milliseconds(100);
constexpr Duration kRestartDelayMax = seconds(30);
constexpr Duration kAdoptDelayMax = seconds(1);  // somebody else restarts it: just look
// One that lived so long did not die of what it was started with.
constexpr Duration kSteadyLife = seconds(60);
constexpr Duration kStartLimit = seconds(10);
constexpr Duration kAskInterval = milliseconds(20);
constexpr Duration kPingInterval = seconds(15);
constexpr Duration kPingLimit = seconds(5);
constexpr int kPingFailuresMax = 3;
constexpr Duration kLoadLimit = seconds(30);  // includes Caddy's grace_period for open requests

// The last line Caddy wrote before it ended: its own words are the best cause there is.
std::string LastLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::string last;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  return last.substr(0, 400);
}

// On a connection of its own: one that is kept would make Caddy wait for it when it ends.
net::Request AdminRequest(std::string method, std::string target) {
  net::Request out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.Set("Connection", "close");
  return out;
}

Status RefusedError(const net::Response& response) {
  std::string text = response.body.substr(0, 400);
  std::ranges::replace(text, '\n', ' ');
  return Fail(ErrorKind::kUnavailable, "the gateway refused its configuration: status " +
                                           std::to_string(response.status) + ": " + text);
}

}  // namespace

Status CaddyGateway::WriteConfig() const { return gateway::WriteConfigFile(dir_, Config()); }

Task<void> CaddyGateway::Supervise() {
  Duration delay = kRestartDelayMin;
  for (;;) {
    const MonoTime begun = loop_.Monotonic();
    Status brought_up = co_await BringUp();
    if (brought_up) {
      up_ = true;
      up_changed_.Set();
      co_await ServeUntilExit();
      last_failure_ = "it ended and is being restarted";
      up_ = false;
    } else {
      last_failure_ = brought_up.error().message;
      Log(LogLevel::kError, "gateway cannot be brought up", {{"error", brought_up.error()}});
    }
    if (loop_.Monotonic() - begun > kSteadyLife) delay = kRestartDelayMin;
    co_await Sleep(loop_, delay);
    delay = std::min(delay * 2, options_.start ? kRestartDelayMax : kAdoptDelayMax);
  }
}

Task<Status> CaddyGateway::BringUp() {
  if (!process_.running()) {
    KL_CO_TRY(const bool adopted, process_.Adopt());
    if (!adopted && !options_.start) {
      // For whoever starts it: what it was given last may be what ended it.
      KL_CO_RETURN_IF_ERROR(WriteConfig());
      co_return Fail(ErrorKind::kUnavailable,
                     "it is a service of its own and does not run: start that service");
    }
    if (!adopted) {
      Status started = co_await StartNew();
      co_return started;
    }
    Log(LogLevel::kInfo, "gateway is running already and kept", {{"pid", process_.pid()}});
    scope_.Spawn(NoteExit());
  }
  Status kept = co_await KeepRunning();
  co_return kept;
}

// What does not answer is ended, so that the next try starts a new one. What answers and refuses
// our configuration goes on serving the one it has.
Task<Status> CaddyGateway::KeepRunning() {
  Status answers = co_await Retry(&CaddyGateway::Ping);
  if (!answers) {
    co_await EndNow();
    co_return answers;
  }
  // Costs nothing, and closes no connection, when it equals the running one.
  Status loaded = co_await LoadConfig();
  if (!loaded) co_return loaded;
  Status serving = co_await Retry(&CaddyGateway::ShakeHands);
  co_return serving;
}

Task<Status> CaddyGateway::StartNew() {
  KL_CO_RETURN_IF_ERROR(
      gateway::CheckPortFree(options_.http_port, options_.bind_all, "gateway_http_port"));
  KL_CO_RETURN_IF_ERROR(
      gateway::CheckPortFree(options_.https_port, options_.bind_all, "gateway_https_port"));
  KL_CO_RETURN_IF_ERROR(KeepLookupPort());
  KL_CO_RETURN_IF_ERROR(gateway::RepairStorage(dir_ + "/storage"));
  KL_CO_RETURN_IF_ERROR(gateway::PrepareStorage(dir_ + "/storage", options_.domain));
  KL_CO_RETURN_IF_ERROR(WriteConfig());
  ::unlink((dir_ + "/admin.sock").c_str());
  config_changed_ = false;
  KL_CO_RETURN_IF_ERROR(process_.Start());
  Log(LogLevel::kInfo, "gateway started", {{"pid", process_.pid()}});
  scope_.Spawn(NoteExit());
  Status serving = co_await Retry(&CaddyGateway::Ping);
  if (serving) serving = co_await Retry(&CaddyGateway::ShakeHands);
  if (serving) co_return serving;
  co_await EndNow();
  co_return serving;
}

// Caddy opens its admin socket before it has loaded its configuration, signs its first certificate
// after it serves, and says so nowhere we could wait for: it is asked until it answers.
Task<Status> CaddyGateway::Retry(Task<Status> (CaddyGateway::*ask)()) {
  const MonoTime deadline = loop_.Monotonic() + kStartLimit;
  std::string last;
  while (process_.running() && loop_.Monotonic() < deadline) {
    Status answers = co_await (this->*ask)();
    if (answers) co_return answers;
    last = answers.error().message;
    co_await Sleep(loop_, kAskInterval);
  }
  if (process_.running()) {
    co_return Fail(ErrorKind::kUnavailable, "no answer after its start: " + last);
  }
  co_return Fail(ErrorKind::kUnavailable,
                 "the gateway ended at its start: " + LastLine(dir_ + "/caddy.out"));
}

Task<void> CaddyGateway::EndNow() {
  process_.Kill();
  co_await process_.Exited();
}

Task<Status> CaddyGateway::Ping() {
  net::Request request = AdminRequest("GET", "/config/admin/listen");
  auto response = co_await admin_->Send(std::move(request), kPingLimit);
  if (!response) co_return Fail(std::move(response).error());
  if (response->status == 200 && response->body.find("admin.sock") != std::string::npos) {
    co_return Status();
  }
  co_return Fail(ErrorKind::kUnavailable, "the gateway has no configuration yet");
}

// Any host of the domain will do: its own page answers. Who signed the certificate is not asked.
Task<Status> CaddyGateway::ShakeHands() {
  net::ClientOptions options;
  options.base = "https://ready." + options_.domain;
  options.connect_to = "127.0.0.1:" + std::to_string(options_.https_port);
  options.verify_tls = false;
  options.connections_max = 1;
  auto client = net::HttpClient::Make(loop_, std::move(options));
  net::Request request;
  auto response = co_await client->Send(std::move(request), kPingLimit);
  if (!response) co_return Fail(std::move(response).error());
  co_return Status();
}

Task<Status> CaddyGateway::LoadConfig() {
  config_changed_ = false;
  KL_CO_RETURN_IF_ERROR(WriteConfig());
  net::Request request = AdminRequest("POST", "/load");
  request.headers.Set("Content-Type", "application/json");
  request.body = Config();
  auto response = co_await admin_->Send(std::move(request), kLoadLimit);
  if (!response) co_return Fail(std::move(response).error());
  if (response->status != 200) co_return RefusedError(*response);
  if (!certificate_.cert_file.empty()) {
    gateway::PruneCertificates(dir_ + "/certificate", certificate_);
  }
  co_return Status();
}

Task<void> CaddyGateway::NoteExit() {
  std::string how = co_await process_.Exited();
  Log(LogLevel::kWarn, "gateway ended", {{"how", how}});
  wake_.Set();
}

Task<void> CaddyGateway::ServeUntilExit() {
  int failures = 0;
  while (process_.running()) {
    if (config_changed_) {
      Status loaded = co_await LoadConfig();
      if (!loaded)
        Log(LogLevel::kError, "gateway kept its old configuration", {{"error", loaded.error()}});
    }
    const bool woken = co_await wake_.WaitFor(kPingInterval);
    if (woken) continue;
    Status answers = co_await Ping();
    failures = answers ? 0 : failures + 1;
    if (failures < kPingFailuresMax) continue;
    Log(LogLevel::kError, "gateway hangs and is restarted", {{"pid", process_.pid()}});
    co_await EndNow();
  }
}

Task<void> CaddyGateway::WatchCertificate() {
  const gateway::CertificatePair given{options_.cert_file, options_.key_file};
  for (;;) {
    co_await Sleep(loop_, options_.certificate_poll);
    const std::string stamp = gateway::FileStamp(given);
    if (stamp.empty() || stamp == certificate_stamp_) continue;
    const std::string before = certificate_.cert_file;
    Status taken = TakeCertificate();
    if (!taken) {
      Log(LogLevel::kWarn, "new certificate is not taken, the old one stays",
          {{"error", taken.error()}});
      continue;
    }
    if (certificate_.cert_file == before) continue;
    Log(LogLevel::kInfo, "new certificate", {{"cert_file", options_.cert_file}});
    config_changed_ = true;
    wake_.Set();
  }
}

}  // namespace kl
