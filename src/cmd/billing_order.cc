#include "cmd/billing_order.h"

#include <cstdio>
#include <ostream>

#include "adapters/billing_chargebee/test_order.h"
#include "base/random.h"
#include "cli/output.h"
#include "cmd/provider_options.h"
#include "net/run_task.h"

namespace kl::cmd {
namespace {

// 30 calls a minute of the 150 a test site permits, the rest is for `serve`.
constexpr Duration kLook = std::chrono::seconds(2);

// `serve` of this very configuration, wherever its parts come from; somebody who named another
// address meant it.
cli::Globals WhereServeIs(cli::Globals globals, const Config& config) {
  if (globals.hostname == Config().api_listen) globals.hostname = config.api_listen;
  if (globals.token.empty()) globals.token = config.token;
  if (!globals.token.empty()) return globals;
  if (auto kept = ReadSecretFlag("@" + config.data_dir + "/token")) globals.token = *kept;
  return globals;
}

class Follower {
 public:
  Follower(const Config& config, cli::Globals globals, const OrderWish& wish)
      : globals_(std::move(globals)),
        wish_(wish),
        is_data_(globals_.format == "json" || globals_.format == "yaml"),
        steps_(is_data_ ? *globals_.err : *globals_.out),
        api_(loop_, ChargebeeOptions(config)) {}

  int Run() {
    begin_ = loop_.Monotonic();
    const std::string email =
        !wish_.email.empty() ? wish_.email
                             : "test-order-" + SystemRandom().Uid().substr(0, 8) + "@example.com";
    auto order = net::RunTaskToEnd(loop_, chargebee::PlaceTestOrder(api_, wish_.plan, email));
    if (!order) return cli::Report(globals_, order.error());
    Step("order placed: subscription " + order->subscription_id + " of " + email + ", " +
         order->status);
    const int code = Await(order->subscription_id);
    if (is_data_) {
      const Value outcome(ValueMap{
          {"subscription", order->subscription_id}, {"customer", email}, {"domain", domain_}});
      cli::ShowObject(globals_, outcome);
    }
    if (wish_.cancel) {
      auto gone = net::RunTaskToEnd(loop_, chargebee::CancelOrder(api_, order->subscription_id));
      if (!gone) return cli::Report(globals_, gone.error());
      Step("cancelled: the instance stops, its data is kept");
    } else {
      steps_ << "  it stays; cancel it in the provider's console when you have looked at "
                "it, and remove it with kuberlogic service delete\n";
    }
    return code;
  }

 private:
  void Step(const std::string& text) {
    char time[32];
    const double seconds = static_cast<double>((loop_.Monotonic() - begin_).count()) / 1000;
    std::snprintf(time, sizeof time, "%7.1f s  ", seconds);
    steps_ << time << cli::OneLine(text) << std::endl;
  }

  int Await(const std::string& id) {
    const MonoTime end = begin_ + std::chrono::seconds(wish_.timeout_seconds);
    for (;;) {
      auto state = net::RunTaskToEnd(loop_, chargebee::ReadOrder(api_, id));
      if (!state && !IsRetryable(state.error().kind)) return cli::Report(globals_, state.error());
      if (state && !state->domain.empty()) {
        domain_ = state->domain;
        Step("domain written to the subscription: " + state->domain);
        return 0;
      }
      TellProgress(id);
      const MonoTime next = loop_.Monotonic() + kLook;
      if (next >= end) return GiveUp(id);
      net::RunTask(loop_, [&]() -> Task<void> { return Pause(loop_); });
    }
  }

  static Task<void> Pause(Loop& loop) { co_await Sleep(loop, kLook); }

  // What `serve` makes of the order, each state once.
  void TellProgress(const std::string& id) {
    cli::Client client(globals_);
    auto record = client.Get("/api/v1/subscriptions/" + net::PercentEncode(id));
    std::string now;
    if (record) {
      const std::string service = cli::At(*record, "service");
      now = "seen by kuberlogic" + (service.empty() ? "" : ": service " + service);
      const std::string state = cli::At(*record, "publication.state");
      if (!state.empty()) now += ", domain " + state;
    } else if (record.error().kind == ErrorKind::kNotFound) {
      now = "waiting for kuberlogic to hear of it (by webhook at once, by polling within 15 s)";
    } else {
      now = "kuberlogic serve cannot be asked: " + record.error().message;
    }
    if (now != told_) Step(now);
    told_ = now;
  }

  int GiveUp(const std::string& id) {
    Step("no domain after " + std::to_string(wish_.timeout_seconds) + " s");
    cli::Client client(globals_);
    auto why = client.Get("/api/v1/explain/" + net::PercentEncode(id));
    steps_ << "    -> "
           << (why ? cli::At(*why, "summary")
                   : "start kuberlogic serve with this configuration, then: kuberlogic explain " +
                         id)
           << "\n";
    return 1;
  }

  const cli::Globals globals_;
  const OrderWish& wish_;
  const bool is_data_;
  std::ostream& steps_;
  net::IoLoop loop_;
  chargebee::SiteApi api_;
  MonoTime begin_{};
  std::string told_;
  std::string domain_;
};

}  // namespace

int BillingOrder(const Config& config, const cli::Globals& globals, const OrderWish& wish) {
  if (globals.dry_run) {
    *globals.err << "dry run: would order " << wish.plan << " at site " << config.chargebee_site
                 << "\n";
    return 0;
  }
  return Follower(config, WhereServeIs(globals, config), wish).Run();
}

}  // namespace kl::cmd
