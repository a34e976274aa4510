// Memory, idle CPU and restart with many services.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>

#include "domain/naming.h"
#include "net/run_task.h"
#include "tests/bench/assembly.h"
#include "tests/bench/rows.h"

namespace kl::bench {
namespace {

double ResidentMiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::string NameAt(int i) { return "bench-" + std::to_string(i); }

Task<std::int64_t> CountReady(Assembly& assembly) {
  std::int64_t ready = 0;
  std::string after;
  do {
    auto page = co_await assembly.records().services.List(after, 1000);
    Must(page ? Status{} : Status(std::unexpected(page.error())), "services");
    for (const Service& service : page->items) ready += service.status.phase == "Ready";
    after = page->next;
  } while (!after.empty());
  co_return ready;
}

Task<void> MakeServices(net::IoLoop& loop, const Wish& wish) {
  AssemblyOptions options{.directory = wish.directory};
  Assembly assembly(loop, options);
  co_await assembly.Start();
  const std::string digest = assembly.templates().Current("docker-compose")->digest().str();
  for (int i = 0; i < wish.count; ++i) {
    Service service;
    service.meta.name = NameAt(i);
    service.meta.uid = SystemRandom().Uid();
    service.spec.type = "docker-compose";
    service.spec.template_digest = digest;
    service.spec.plan = "starter-USD-monthly";
    service.spec.domain = NameAt(i) + ".apps.localhost";
    auto stored = co_await assembly.records().services.PutSpec(std::move(service));
    Must(stored ? Status{} : Status(std::unexpected(stored.error())), "service");
  }
  while (co_await CountReady(assembly) < wish.count) co_await Sleep(loop, Duration(100));
}

Task<void> Rest(net::IoLoop& loop, const Wish& wish) {
  const MonoTime begun = loop.Monotonic();
  AssemblyOptions options{.directory = wish.directory};
  Assembly assembly(loop, options);
  co_await assembly.Start();
  auto server = net::HttpServer::Listen(
      loop, "127.0.0.1:0",
      [](net::Request) -> Task<net::Response> { co_return net::TextResponse(200, "ok"); });
  Must(server ? Status{} : Status(std::unexpected(server.error())), "server");
  auto first = co_await assembly.records().services.List("", 1);
  Must(first ? Status{} : Status(std::unexpected(first.error())), "services");
  const double serving = (loop.Monotonic() - begun).count() / 1000.0;
  // Until every service was looked at once: the queue is empty and nothing runs.
  while (assembly.engine().instances().size() < static_cast<std::size_t>(wish.count) ||
         assembly.services().queue().waiting() + assembly.services().queue().running() > 0) {
    co_await Sleep(loop, Duration(50));
  }
  const double settled = (loop.Monotonic() - begun).count() / 1000.0;
  co_await Sleep(loop, std::chrono::seconds(2));
  const double cpu = CpuSeconds();
  co_await Sleep(loop, std::chrono::seconds(wish.seconds));
  const double share = (CpuSeconds() - cpu) / wish.seconds * 100;
  std::printf(
      R"({"row":"idle","services":%d,"resident_mib":%.1f,"idle_cpu_percent":%.2f,"serving_s":%.2f,"settled_s":%.2f})"
      "\n",
      wish.count, ResidentMiB(), share, serving, settled);
}

}  // namespace

void Fill(const Wish& wish) {
  net::IoLoop loop;
  net::RunTask(loop, [&]() { return MakeServices(loop, wish); });
  std::printf(R"({"row":"fill","services":%d})"
              "\n",
              wish.count);
}

void Idle(const Wish& wish) {
  net::IoLoop loop;
  net::RunTask(loop, [&]() { return Rest(loop, wish); });
}

}  // namespace kl::bench
