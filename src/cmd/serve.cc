#include "cmd/serve.h"

#include <cstdio>

#include "base/crash_point.h"
#include "cmd/installation.h"
#include "cmd/notify.h"

namespace kl::cmd {
namespace {

LogLevel LevelOf(const std::string& word) {
  if (word == "debug") return LogLevel::kDebug;
  if (word == "warn") return LogLevel::kWarn;
  if (word == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

int ExitCodeOf(const Error& error) { return error.kind == ErrorKind::kInvalid ? 2 : 1; }

Task<void> StartAll(Installation& installation, net::IoLoop& loop, int& code) {
  Status started = co_await installation.Start();
  if (!started) {
    std::fprintf(stderr, "kuberlogic: %s\n", started.error().message.c_str());
    code = ExitCodeOf(started.error());
    loop.Stop();
    co_return;
  }
  Log(LogLevel::kInfo, "serving",
      {{"webhooks", installation.webhook_address()}, {"api", installation.api_address()}});
  NotifyManager("READY=1");
}

}  // namespace

int Serve(const Config& config) {
  InitLogging(LevelOf(config.log_level),
              config.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  net::IoLoop loop;
  Installation installation(loop);
  if (Status opened = installation.Open(config); !opened) {
    std::fprintf(stderr, "kuberlogic: %s\n", opened.error().message.c_str());
    return ExitCodeOf(opened.error());
  }
  int code = 0;
  loop.OnSignal([&loop](int) { loop.Stop(); });
  TaskScope scope(loop);
  scope.Spawn(StartAll(installation, loop, code));
  if (const Duration interval = WatchdogInterval(); interval > Duration(0))
    scope.Spawn(FeedWatchdog(loop, interval));
  loop.Run();
  NotifyManager("STOPPING=1");
  Log(LogLevel::kInfo, "stopped; instances go on running");
  return code;
}

}  // namespace kl::cmd
