#include "sim/chargebee/simulator.h"

#include "sim/chargebee/admin.h"
#include "sim/chargebee/api.h"
#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

constexpr std::string_view kApiPrefix = "/api/v2";
constexpr std::string_view kAdminPrefix = "/admin/";
// How late what is due happens at most, when nobody moves the clock.
constexpr Duration kTick = std::chrono::milliseconds(250);

// What a key of somebody else's would open.
SiteOptions OtherSite(const SiteOptions& mine) {
  SiteOptions other = mine;
  other.name = "another-test";
  return other;
}

}  // namespace

Simulator::Simulator(net::IoLoop& loop, SimulatorOptions options, Random& random)
    : loop_(loop),
      options_(std::move(options)),
      site_(options_.site, random, [&loop] { return loop.Now(); }),
      other_site_(OtherSite(options_.site), random, [&loop] { return loop.Now(); }),
      webhooks_(loop, site_, options_.webhooks),
      rate_limit_(options_.rate_limit) {
  site_.endpoints() = options_.endpoints;
  for (auto& endpoint : site_.endpoints()) {
    if (endpoint.id.empty()) endpoint.id = "whv2_" + site_.NewId();
  }
  site_.OnEvent([this](const Event& event) { webhooks_.Take(event); });
  // The other site has customers too, none of which anybody here knows.
  for (int i = 0; i < 3 && !options_.site.catalog.prices.empty(); ++i) {
    NewSubscription foreign;
    foreign.items.push_back({options_.site.catalog.prices.front().id});
    foreign.customer.card = Card::kValid;
    (void)other_site_.Create(std::move(foreign), {});
  }
}

Simulator::~Simulator() {
  if (timer_) loop_.CancelTimer(timer_);
}

Result<std::unique_ptr<Simulator>> Simulator::Start(net::IoLoop& loop, SimulatorOptions options,
                                                    Random& random) {
  auto simulator = std::make_unique<Simulator>(loop, std::move(options), random);
  Simulator* self = simulator.get();
  const std::string address = self->options_.listen;
  KL_TRY(self->server_, net::HttpServer::Listen(loop, address, [self](net::Request request) {
           return self->Handle(std::move(request));
         }));
  const std::string host = address.substr(0, address.rfind(':'));
  self->url_ = self->options_.public_url.empty()
                   ? "http://" + host + ":" + std::to_string(self->server_->port())
                   : self->options_.public_url;
  self->ArmTimer();
  return simulator;
}

// Real time passes too: a trial that ends in ten seconds ends without anybody's doing.
void Simulator::ArmTimer() {
  timer_ = loop_.CallAt(loop_.Monotonic() + kTick, [this] {
    site_.RunDue();
    ArmTimer();
  });
}

Task<net::Response> Simulator::Handle(net::Request request) {
  const std::string path(request.path());
  if (path.starts_with(kApiPrefix)) {
    std::string rest = path.substr(kApiPrefix.size());
    net::Response response = co_await HandleApi(*this, std::move(request), std::move(rest));
    co_return response;
  }
  if (path.starts_with(kAdminPrefix)) {
    co_return HandleAdmin(*this, request, path.substr(kAdminPrefix.size()));
  }
  co_return HandlePage(*this, request);
}

void Simulator::ResetCounters() {
  counters_ = {};
  webhooks_.counters() = {};
  idempotency_.Clear();
  rate_limit_.Set(rate_limit_.per_minute());
  site_.ClearCounters();
  site_.ClearOutbox();
}

}  // namespace kl::chargebee_sim
