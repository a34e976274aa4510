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

Task<void> StartAll(Installation& installation, const ServiceNotifier& notifier, net::IoLoop& loop,
                    int& code) {
  Status started = co_await installation.Start();
  if (!started) {
    std::fprintf(stderr, "kuberlogic: %s\n", started.error().message.c_str());
    code = ExitCodeOf(started.error());
    loop.Stop();
    co_return;
  }
  Log(LogLevel::kInfo, "serving",
      {{"webhooks", installation.webhook_address()}, {"api", installation.api_address()}});
  notifier.Tell("READY=1");
}

}  // namespace

int Serve(const Config& config, const Environment& environment) {
  InitLogging(LevelOf(config.log_level),
              config.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  for (const std::string& note : config.notes) Log(LogLevel::kWarn, note);
  net::IoLoop loop;
  Installation installation(loop);
  if (Status opened = installation.Open(config); !opened) {
    std::fprintf(stderr, "kuberlogic: %s\n", opened.error().message.c_str());
    return ExitCodeOf(opened.error());
  }
  const ServiceNotifier notifier(environment);
  int code = 0;
  loop.OnSignal([&loop](int) { loop.Stop(); });
  TaskScope scope(loop);
  scope.Spawn(StartAll(installation, notifier, loop, code));
  scope.Spawn(notifier.FeedWatchdog(loop));
  loop.Run();
  notifier.Tell("STOPPING=1");
  Log(LogLevel::kInfo, "stopped; instances go on running");
  return code;
}

}  // namespace kl::cmd
