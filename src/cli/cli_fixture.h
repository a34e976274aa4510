// For tests: an API that answers what the test says, on a thread of its own, and the command line
// that calls it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <mutex>
#include <sstream>
#include <thread>

#include "cli/client.h"
#include "cli/commands.h"
#include "net/run_task.h"

namespace kl::cli::testing {

// Answers every request with `answer` and remembers what it was asked.
class FakeApi {
 public:
  explicit FakeApi(int status, std::string body)
      : FakeApi([status, body](const net::Request&) { return net::JsonResponse(status, body); }) {}
  explicit FakeApi(std::function<net::Response(const net::Request&)> answer)
      : answer_(std::move(answer)) {
    server_ = std::move(*net::HttpServer::Listen(
        loop_, "127.0.0.1:0", [this](net::Request request) { return Handle(std::move(request)); }));
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~FakeApi() {
    loop_.Post([this] { loop_.Stop(); });  // not lost when the loop has not begun yet
    thread_.join();
  }

  std::string hostname() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  std::vector<net::Request> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  Task<net::Response> Handle(net::Request request) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(request);
    net::Response response = answer_(request);
    co_return response;
  }

  const std::function<net::Response(const net::Request&)> answer_;
  mutable std::mutex mutex_;
  std::vector<net::Request> heard_;
  net::IoLoop loop_;
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

struct Ran {
  int code = 0;
  std::string out, err;
};

// Runs a command as main() does, against `hostname`, with the token "sesame".
inline Ran RunCommand(const std::string& hostname, std::vector<std::string> arguments) {
  std::ostringstream out, err;
  Globals globals{.out = &out, .err = &err};
  CLI::App app{"test"};
  app.require_subcommand(1);
  app.fallthrough();
  std::function<int()> run;
  AddCommands(app, globals, run);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    return {code == 0 ? 0 : 2, out.str(), err.str()};
  }
  if (globals.hostname.empty()) globals.hostname = hostname;
  globals.token = SecretString("sesame");
  const int code = run();
  return {code, out.str(), err.str()};
}

struct AskedFor {
  std::vector<std::string> arguments;
  std::string request;  // method and target
  std::string body;
};

// Each of these makes exactly that call, and succeeds.
inline void ExpectCalls(const std::vector<AskedFor>& cases) {
  for (const AskedFor& each : cases) {
    FakeApi api(200, "{}");
    const auto ran = RunCommand(api.hostname(), each.arguments);
    const auto heard = api.heard();
    ASSERT_EQ(heard.size(), 1u) << each.request << ": " << ran.err;
    EXPECT_EQ(ran.code, 0) << each.request << ": " << ran.err;
    EXPECT_EQ(heard[0].method + " " + heard[0].target, each.request);
    EXPECT_EQ(heard[0].body, each.body) << each.request;
  }
}

}  // namespace kl::cli::testing
