// Server and client of this folder, talking to each other.
#include <gtest/gtest.h>

#include "net/http.h"
#include "net/run_task.h"

namespace kl::net {
namespace {

constexpr Duration kLong = std::chrono::seconds(20);

Task<Response> Echo(Request request) {
  std::string text = request.method + " " + request.target + "\n" + request.body;
  Response response = TextResponse(200, std::move(text));
  response.headers.Add("X-Peer", request.peer);
  co_return response;
}

std::string BaseOf(const HttpServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

TEST(RoundTripTest, RequestAndAnswerArriveWhole) {
  IoLoop loop;
  auto server = HttpServer::Listen(loop, "127.0.0.1:0", Echo);
  ASSERT_TRUE(server) << server.error().message;
  auto client = HttpClient::Make(loop, {.base = BaseOf(**server)});
  auto answer = RunTask(loop, [&]() {
    return client->Send({.method = "POST", .target = "/x?y=1", .body = "hello"}, kLong);
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /x?y=1\nhello");
  EXPECT_TRUE(answer->headers.Find("x-peer")->starts_with("127.0.0.1:"));
}

}  // namespace
}  // namespace kl::net
