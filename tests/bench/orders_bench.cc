// Many orders at once: a burst of subscriptions at the simulator, each followed to "domain
// written".
#include <cstdio>

#include "net/run_task.h"
#include "tests/bench/assembly.h"
#include "tests/bench/rows.h"

namespace kl::bench {
namespace {

Task<net::Response> Post(net::HttpClient& client, std::string path, std::string body) {
  net::Request request{.method = "POST", .target = std::move(path), .body = std::move(body)};
  request.headers.Set("Content-Type", "application/json");
  auto answer = co_await client.Send(std::move(request), std::chrono::seconds(60));
  Must(answer ? Status{} : Status(std::unexpected(answer.error())), "simulator");
  co_return std::move(*answer);
}

Task<std::int64_t> CountWritten(Assembly& assembly) {
  std::int64_t written = 0;
  std::string after;
  do {
    auto page = co_await assembly.records().subscriptions.List(after, 1000);
    Must(page ? Status{} : Status(std::unexpected(page.error())), "subscriptions");
    for (const Subscription& record : page->items)
      written += record.status.publication.state == PublicationState::kDone;
    after = page->next;
  } while (!after.empty());
  co_return written;
}

Task<void> Run(net::IoLoop& loop, const Wish& wish) {
  AssemblyOptions options{.directory = wish.directory, .api_url = wish.simulator + "/api/v2"};
  Assembly assembly(loop, options);
  co_await assembly.Start();
  auto client = net::HttpClient::Make(loop, {.base = wish.simulator});
  // The burst is at the provider; its events are handed to the intake as webhooks would be.
  std::string body =
      R"({"item_price_id":"starter-USD-monthly","id":"bench{n}","email":"c{n}@example.com","count":)" +
      std::to_string(wish.count) + "}";
  net::Response made = co_await Post(*client, "/admin/subscriptions", std::move(body));
  if (made.status / 100 != 2) {
    std::fprintf(stderr, "bench: simulator: %d %s\n", made.status,
                 made.body.substr(0, 200).c_str());
    std::exit(1);
  }
  const MonoTime begun = loop.Monotonic();
  std::vector<Hint> hints;
  for (int n = 1; n <= wish.count; ++n) {
    hints.push_back({.provider = "chargebee",
                     .site = "bench-test",
                     .id = "bench" + std::to_string(n),
                     .event_id = "ev" + std::to_string(n),
                     .event_type = "subscription_created"});
  }
  Must(co_await assembly.database().hints().Add(std::move(hints)), "hints");
  std::int64_t written = 0;
  while (written < wish.count) {
    co_await Sleep(loop, Duration(50));
    written = co_await CountWritten(assembly);
    if (loop.Monotonic() - begun > std::chrono::minutes(3)) break;
  }
  const double seconds = (loop.Monotonic() - begun).count() / 1000.0;
  std::printf(
      R"({"row":"orders","count":%d,"written":%lld,"per_second":%.0f,"calls_per_order":%.3f})"
      "\n",
      wish.count, static_cast<long long>(written), static_cast<double>(written) / seconds,
      static_cast<double>(assembly.provider().calls()) / wish.count);
}

}  // namespace

void Orders(const Wish& wish) {
  net::IoLoop loop;
  net::RunTask(loop, [&]() { return Run(loop, wish); });
}

}  // namespace kl::bench
