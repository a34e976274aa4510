// A running simulator, a client of it and a receiver of its webhooks, on one loop. For tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "net/run_task.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/simulator.h"

namespace kl::chargebee_sim {

class SimulatorFixture : public testing::Test {
 protected:
  static constexpr Duration kPatience = std::chrono::seconds(20);

  void Start(SimulatorOptions options = {}) {
    if (options.rate_limit == 150) options.rate_limit = 0;
    auto started = Simulator::Start(loop_, std::move(options), random_);
    ASSERT_TRUE(started) << started.error().message;
    simulator_ = std::move(*started);
    client_ = net::HttpClient::Make(loop_, {.base = simulator_->url()});
  }

  // --- webhooks
  struct Delivery {
    std::string target, authorization, body;
    std::string type, event_id;
  };

  // Where deliveries arrive; each is answered with the next of `answers_`, else with 200.
  std::string Receiver() {
    auto server = net::HttpServer::Listen(
        loop_, "127.0.0.1:0", [this](net::Request request) { return Receive(std::move(request)); });
    EXPECT_TRUE(server);
    receiver_ = std::move(*server);
    return "http://127.0.0.1:" + std::to_string(receiver_->port());
  }

  Task<net::Response> Receive(net::Request request) {
    auto members = ParseFlatJson(request.body);
    auto text = [&](const char* key) { return members ? (*members)[key] : std::string(); };
    deliveries_.push_back({request.target,
                           std::string(request.headers.Find("Authorization").value_or("")),
                           request.body, text("event_type"), text("id")});
    int status = 200;
    if (!answers_.empty()) {
      status = answers_.front();
      answers_.erase(answers_.begin());
    }
    arrived_.Set();
    net::Response response = net::TextResponse(status, "");
    if (status == 302) response.headers.Set("Location", "/elsewhere");
    co_return response;
  }

  // Drives the loop until so many deliveries arrived and nothing is under way.
  void WaitForDeliveries(std::size_t count) {
    net::RunTask(loop_, [&] { return AwaitDeliveries(count); });
    EXPECT_EQ(deliveries_.size(), count);
  }

  Task<void> AwaitDeliveries(std::size_t count) {
    const MonoTime end = loop_.Monotonic() + kPatience;
    while (loop_.Monotonic() < end) {
      const bool idle = !simulator_ || simulator_->webhooks().pending() == 0;
      if (deliveries_.size() >= count && idle) co_return;
      (void)co_await arrived_.WaitFor(std::chrono::milliseconds(2));
    }
  }

  std::vector<std::string> DeliveredTypes() const {
    std::vector<std::string> types;
    for (const auto& one : deliveries_) types.push_back(one.type);
    return types;
  }

  // --- calls
  net::Response Send(net::Request request, Duration timeout = kPatience) {
    auto answer = net::RunTask(loop_, [&] { return client_->Send(request, timeout); });
    if (answer) return std::move(*answer);
    last_error_ = answer.error();
    return net::TextResponse(0, "");
  }

  net::Response Get(const std::string& target) { return Send({.target = target}); }

  net::Response PostForm(const std::string& target, const std::string& body) {
    net::Request request{.method = "POST", .target = target, .body = body};
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    return Send(std::move(request));
  }

  net::Request ApiRequest(const std::string& method, const std::string& path,
                          const std::string& body = {}) {
    net::Request request{.method = method, .target = "/api/v2" + path, .body = body};
    request.headers.Set("Authorization", "Basic " + Base64("test_simulator_key:"));
    if (!body.empty()) request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    return request;
  }

  net::Response Api(const std::string& method, const std::string& path,
                    const std::string& body = {}) {
    return Send(ApiRequest(method, path, body));
  }

  net::Response Admin(const std::string& path, const std::string& json) {
    net::Response response = Send({.method = "POST", .target = "/admin/" + path, .body = json});
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return response;
  }

  const Subscription* Buy(NewSubscription wanted = {}) {
    if (wanted.items.empty()) wanted.items.push_back({"starter-USD-monthly"});
    wanted.customer.card = Card::kValid;
    if (wanted.customer.email.empty()) wanted.customer.email = "jane@example.com";
    if (wanted.customer.first_name.empty()) wanted.customer.first_name = "Jane";
    if (wanted.customer.last_name.empty()) wanted.customer.last_name = "Doe";
    auto made = simulator_->site().Create(std::move(wanted), {});
    EXPECT_TRUE(made);
    return *made;
  }

  SeededRandom random_{11};
  net::IoLoop loop_;
  kl::Event arrived_{loop_};
  std::vector<Delivery> deliveries_;
  std::vector<int> answers_;
  std::unique_ptr<net::HttpServer> receiver_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<net::HttpClient> client_;
  Error last_error_;
};

}  // namespace kl::chargebee_sim
