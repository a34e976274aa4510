#include "cmd/readiness.h"

#include <boost/json.hpp>

#include "net/http.h"
#include "net/run_task.h"

namespace kl::cmd {
namespace {

constexpr Duration kAskLimit = std::chrono::seconds(2);
constexpr Duration kAskInterval(100);

class Asker {
 public:
  Asker(net::IoLoop& loop, const Config& config)
      : loop_(loop), config_(config), http_(net::HttpClient::Make(loop, Api(config))) {}

  Task<Status> Await(std::string version, Duration patience) {
    const MonoTime deadline = loop_.Monotonic() + patience;
    MonoTime ready_since{};
    for (;;) {
      Status ready = co_await Ask(version);
      const MonoTime now = loop_.Monotonic();
      if (!ready) ready_since = MonoTime();
      if (ready && ready_since == MonoTime()) ready_since = now;
      if (ready && now - ready_since >= kSettle) co_return ready;
      // One that became ready in time has its time to settle.
      if (!ready && now >= deadline) co_return ready;
      co_await Sleep(loop_, kAskInterval);
    }
  }

 private:
  static net::ClientOptions Api(const Config& config) {
    net::ClientOptions options;
    options.base = "http://" + config.api_listen;
    options.connections_max = 1;
    return options;
  }

  Task<Status> Ask(std::string version) {
    net::Request ready = To("/readyz");
    auto answer = co_await http_->Send(std::move(ready), kAskLimit);
    if (!answer) co_return Fail(std::move(answer.error()));
    if (answer->status != 200) co_return Unready(answer->status);
    net::Request info = To("/api/v1/info");
    // Made at the first start, so it is read when it is needed.
    SecretString token = config_.token;
    if (token.empty()) {
      KL_CO_TRY(token, ReadSecretFlag("@" + config_.data_dir + "/token"));
    }
    info.headers.Set("X-Token", token.Reveal());
    answer = co_await http_->Send(std::move(info), kAskLimit);
    if (!answer) co_return Fail(std::move(answer.error()));
    if (answer->status != 200) co_return Unready(answer->status);
    co_return CheckVersion(answer->body, version);
  }

  static net::Request To(std::string target) {
    net::Request request;
    request.target = std::move(target);
    request.headers.Set("Connection", "close");
    return request;
  }

  Status Unready(int status) const {
    return Fail(ErrorKind::kUnavailable,
                "the API at " + config_.api_listen + " answers " + std::to_string(status));
  }

  Status CheckVersion(const std::string& body, const std::string& version) const {
    boost::system::error_code ec;
    const boost::json::value info = boost::json::parse(body, ec);
    const boost::json::object* object = info.if_object();
    const boost::json::value* found = object ? object->if_contains("version") : nullptr;
    if (!ec && found && found->is_string() && found->get_string() == version) return {};
    return Fail(ErrorKind::kUnavailable,
                "another version answers at " + config_.api_listen + " than " + version);
  }

  net::IoLoop& loop_;
  const Config& config_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace

Status AwaitReady(net::IoLoop& loop, const Config& config, const std::string& version,
                  Duration patience) {
  Asker asker(loop, config);
  return net::RunTaskToEnd(loop, asker.Await(version, patience));
}

}  // namespace kl::cmd
