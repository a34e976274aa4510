// How fast durable events are taken: each is one hint and one history record, both on disk before
// it counts.
//
//   kl_store_sqlite_bench [DIRECTORY]      DIRECTORY is where the database is made (default: here)
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "adapters/store_sqlite/database.h"
#include "base/random.h"
#include "net/run_task.h"

namespace kl::sqlite {
namespace {

using Clock = std::chrono::steady_clock;
double Millis(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

struct Load {
  Database& database;
  net::IoLoop& loop;
  std::string body = std::string(2'000, 'x');  // a provider's event is 2 to 10 KB
  int subscriptions = 1'000;
  int next = 0;
  std::vector<double> latencies = {};
  int failed = 0;
};

Task<Status> AppendOne(Load& load, std::string id, std::string subject) {
  std::vector<HistoryRecord> records(1);
  records[0] = {.stream = "events",
                .id = std::move(id),
                .subject = std::move(subject),
                .kind = "subscription_changed",
                .at = load.loop.Now(),
                .trace = "0123456789abcdef",
                .body = load.body};
  return load.database.history().Append(std::move(records));
}
Task<Status> AddOne(Load& load, std::string id, std::string subject) {
  std::vector<Hint> hints(1);
  hints[0] = {.provider = "stub",
              .site = "acme",
              .id = std::move(subject),
              .version = load.next,
              .event_id = std::move(id),
              .event_type = "subscription_changed",
              .trace = "0123456789abcdef"};
  return load.database.hints().Add(std::move(hints));
}

// One event as intake stores it: both at once, so that they share a commit.
Task<void> StoreEvent(Load& load) {
  const auto start = Clock::now();
  const int number = load.next++;
  const std::string id = "ev_" + SystemRandom().Letters(14);
  const std::string subject = "sub-" + std::to_string(number % load.subscriptions);
  std::vector<Task<Status>> parts;
  parts.push_back(AppendOne(load, id, subject));
  parts.push_back(AddOne(load, id, subject));
  const auto done = co_await WhenAll(load.loop, std::move(parts));
  for (const Status& status : done) load.failed += status ? 0 : 1;
  load.latencies.push_back(Millis(Clock::now() - start));
}

Task<void> Client(Load& load, int total) {
  while (load.next < total) co_await StoreEvent(load);
}

// As many events as `clients` who each wait for their answer can store.
Task<double> Throughput(Load& load, int clients, int total) {
  const auto start = Clock::now();
  std::vector<Task<int>> running;
  auto run = [](Load& l, int n) -> Task<int> {
    co_await Client(l, n);
    co_return 0;
  };
  for (int i = 0; i < clients; ++i) running.push_back(run(load, total));
  co_await WhenAll(load.loop, std::move(running));
  co_return total / (Millis(Clock::now() - start) / 1000);
}

// `per_second` events, started at even distances whether the earlier ones are done or not.
Task<void> Paced(Load& load, int per_second, int seconds) {
  TaskScope scope(load.loop);
  const auto start = load.loop.Monotonic();
  const int total = per_second * seconds;
  int started = 0;
  while (started < total) {
    const auto elapsed = load.loop.Monotonic() - start;
    const auto due = std::min<std::int64_t>(total, elapsed.count() * per_second / 1000 + 1);
    for (; started < due; ++started) scope.Spawn(StoreEvent(load));
    co_await Sleep(load.loop, Duration(1));
  }
  while (std::ssize(load.latencies) < total) co_await Sleep(load.loop, Duration(1));
}

void Report(const char* what, std::vector<double> ms) {
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(share * (ms.size() - 1))];
  };
  std::printf("%-24s p50 %6.2f  p99 %6.2f  p99.9 %6.2f  max %6.2f ms\n", what, at(0.5), at(0.99),
              at(0.999), ms.back());
}

int Main(const std::string& directory) {
  const std::string path = directory + "/bench-" + SystemRandom().Letters(8);
  std::filesystem::create_directory(path);
  net::IoLoop loop;
  {
    auto database = Database::Open(loop, {.path = path + "/store.db", .key_path = path + "/key"});
    if (!database) {
      std::printf("%s\n", database.error().message.c_str());
      return 1;
    }
    for (const int clients : {20, 100}) {
      Load load{**database, loop};
      const double rate = net::RunTaskToEnd(loop, Throughput(load, clients, 60'000));
      std::printf("%d clients: %.0f events/s, %d failed\n", clients, rate, load.failed);
      Report("  latency", load.latencies);
    }
    Load load{**database, loop};
    net::RunTaskToEnd(loop, Paced(load, 1'000, 10));
    Report("1,000 events/s", load.latencies);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak resident memory %ld KiB, cpu %.1f s, database %.1f MB\n", usage.ru_maxrss,
              static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec),
              static_cast<double>(std::filesystem::file_size(path + "/store.db")) / 1e6);
  std::filesystem::remove_all(path);
  return 0;
}

}  // namespace
}  // namespace kl::sqlite

int main(int argc, char** argv) { return kl::sqlite::Main(argc > 1 ? argv[1] : "."); }
