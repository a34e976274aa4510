// A site as a script, by method and path. For tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/billing_chargebee/site_api.h"
#include "net/run_task.h"

namespace kl::chargebee {

class SitePeer : public ::testing::Test {
 protected:
  SitePeer() {
    auto server = net::HttpServer::Listen(loop_, "127.0.0.1:0", [this](net::Request request) {
      return Answer(*this, std::move(request));
    });
    EXPECT_TRUE(server);
    server_ = std::move(*server);
    options_ = {.site = "acme-test",
                .api_key = SecretString("key_canary"),
                .api_url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v2",
                .webhook_user = "hook",
                .webhook_password = SecretString("password_canary"),
                .timeout = std::chrono::milliseconds(500)};
  }

  SiteApi& api() {
    if (!api_) api_ = std::make_unique<SiteApi>(loop_, options_);
    return *api_;
  }
  template <class T>
  T Run(Task<T> task) {
    return net::RunTaskToEnd(loop_, std::move(task));
  }

  // How "GET /items" is answered: each time with the next one, at the end with the last again.
  // What nothing was said of is an empty list.
  void Say(const std::string& call, int status, std::string body) {
    answers_[call].emplace_back(status, std::move(body));
  }
  void Refuse(const std::string& call, int status, const std::string& code) {
    Say(call, status, R"({"api_error_code":")" + code + R"(","message":"refused","type":"x"})");
  }
  // The body or query of the calls of one route, decoded.
  std::vector<std::map<std::string, std::string>> Sent(const std::string& call) const {
    std::vector<std::map<std::string, std::string>> out;
    for (const auto& [name, pairs] : sent_) {
      if (name == call) out.push_back(pairs);
    }
    return out;
  }

  net::IoLoop loop_;
  Options options_;
  std::function<void(net::Response&)> change_ = [](net::Response&) {};

 private:
  static Task<net::Response> Answer(SitePeer& peer, net::Request request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    EXPECT_TRUE(path.starts_with("/api/v2")) << path;
    const std::string call = request.method + " " + path.substr(7);
    std::map<std::string, std::string> pairs;
    const std::string coded(request.method == "GET" ? std::string(request.query()) : request.body);
    for (auto& [key, value] : net::ParseForm(coded)) pairs[key] = value;
    peer.sent_.emplace_back(call, std::move(pairs));
    net::Response answer = net::JsonResponse(200, R"({"list":[]})");
    if (auto it = peer.answers_.find(call); it != peer.answers_.end()) {
      const auto& [status, body] = it->second.front();
      answer = net::JsonResponse(status, body);
      if (it->second.size() > 1) it->second.erase(it->second.begin());
    }
    peer.change_(answer);
    co_return answer;
  }

  std::map<std::string, std::vector<std::pair<int, std::string>>> answers_;
  std::vector<std::pair<std::string, std::map<std::string, std::string>>> sent_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<SiteApi> api_;
};

}  // namespace kl::chargebee
