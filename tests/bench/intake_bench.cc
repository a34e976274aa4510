// Durable webhook intake: 20 keep-alive connections post events; each is on disk before its 200.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "api/webhook.h"
#include "base/hash.h"
#include "net/run_task.h"
#include "tests/bench/assembly.h"
#include "tests/bench/rows.h"

namespace kl::bench {
namespace {

constexpr int kConnections = 20;

struct Load {
  std::int64_t good = 0;
  std::int64_t bad = 0;
  std::vector<std::int64_t> micros;
};

std::int64_t Micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Task<void> Connection(net::HttpClient& client, net::IoLoop& loop, const Wish& wish, int number,
                      Load& load) {
  const std::int64_t begun = Micros();
  const std::int64_t end = begun + wish.seconds * 1'000'000LL;
  const std::int64_t interval = wish.rate > 0 ? 1'000'000LL * kConnections / wish.rate : 0;
  for (int i = 0; Micros() < end; ++i) {
    const std::int64_t due = begun + i * interval + number * interval / kConnections;
    if (interval > 0 && due > Micros()) co_await Sleep(loop, Duration((due - Micros()) / 1000 + 1));
    net::Request request{.method = "POST", .target = "/chargebee-webhook"};
    request.headers.Set("Content-Type", "application/json");
    request.headers.Set("Authorization", "Basic " + Base64("kuberlogic:bench"));
    const std::string id = std::to_string(number) + "-" + std::to_string(i);
    request.body = EventBody("ev_" + id, "sub" + id);
    const std::int64_t sent = Micros();
    auto answer = co_await client.Send(std::move(request), std::chrono::seconds(20));
    load.micros.push_back(Micros() - sent);
    ++(answer && answer->status == 200 ? load.good : load.bad);
  }
}

// The load has a thread of its own: two cores, the generator included.
Load Generate(const Wish& wish, std::uint16_t port) {
  Load load;
  net::IoLoop loop;
  auto client = net::HttpClient::Make(
      loop, {.base = "http://127.0.0.1:" + std::to_string(port), .connections_max = kConnections});
  net::RunTask(loop, [&]() -> Task<void> {
    Event done(loop);
    int left = kConnections;
    TaskScope scope(loop);
    auto run = [](net::HttpClient& c, net::IoLoop& l, const Wish& w, int n, Load& out, int& open,
                  Event& end) -> Task<void> {
      co_await Connection(c, l, w, n, out);
      if (--open == 0) end.Set();
    };
    for (int i = 0; i < kConnections; ++i)
      scope.Spawn(run(*client, loop, wish, i, load, left, done));
    co_await done.Wait();
  });
  return load;
}

}  // namespace

void Intake(const Wish& wish, bool store) {
  net::IoLoop loop;
  AssemblyOptions options{.directory = wish.directory};
  Assembly assembly(loop, options);
  auto database = sqlite::Database::Open(
      loop, {.path = wish.directory + "/intake.db", .key_path = wish.directory + "/key"});
  Must(database ? Status{} : Status(std::unexpected(database.error())), "database");
  chargebee::Options billing{.site = "bench-test",
                             .webhook_user = "kuberlogic",
                             .webhook_password = SecretString("bench")};
  chargebee::ChargebeeIntake webhook(billing);
  app::IntakeService intake(loop, webhook, (*database)->hints(), (*database)->history());
  auto answer_only = [](net::Request) -> Task<net::Response> {
    co_return net::TextResponse(200, "stored\n");
  };
  auto server = net::HttpServer::Listen(loop, "127.0.0.1:0", [&](net::Request request) {
    return store ? api::AnswerWebhook(&intake, std::move(request))
                 : answer_only(std::move(request));
  });
  Must(server ? Status{} : Status(std::unexpected(server.error())), "server");
  Load load;
  std::thread generator([&] {
    load = Generate(wish, (*server)->port());
    loop.Stop();
  });
  loop.Run();
  generator.join();
  std::sort(load.micros.begin(), load.micros.end());
  const auto at = [&load](double share) {
    return load.micros.empty()
               ? 0
               : load.micros[static_cast<std::size_t>(share * (load.micros.size() - 1))];
  };
  std::printf(R"({"row":"%s","per_second":%.0f,"failed":%lld,"p50_ms":%.2f,"p99_ms":%.2f})"
              "\n",
              store ? "intake" : "intake-floor", static_cast<double>(load.good) / wish.seconds,
              static_cast<long long>(load.bad), at(0.5) / 1000.0, at(0.99) / 1000.0);
}

}  // namespace kl::bench
