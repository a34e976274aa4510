#include <gtest/gtest.h>

#include <set>

#include "net/test_peer.h"

namespace kl::net {
namespace {

using namespace kl::net::testing;
using std::chrono::milliseconds;

class HttpClientTest : public ::testing::Test {
 protected:
  // A server whose every connection hears one request (without a body) and plays `script`.
  void Serve(ScriptedServer::Script script) {
    peer = std::make_unique<ScriptedServer>(loop, std::move(script));
    client = HttpClient::Make(loop, {.base = peer->base()});
  }
  // One that says `answer` to the first request, and ends the connection.
  void ServeBytes(std::string answer) {
    Serve([answer](ByteStream& stream, int) { return AnswerOnce(stream, answer); });
  }
  static Task<void> AnswerOnce(ByteStream& stream, std::string answer) {
    co_await HearUntil(stream, "\r\n\r\n");
    co_await Say(stream, std::move(answer));
  }
  Result<Response> Send(Request request = {}, Duration timeout = kLong) {
    return RunTask(loop, [&] { return client->Send(std::move(request), timeout); });
  }

  IoLoop loop;
  std::unique_ptr<ScriptedServer> peer;
  std::unique_ptr<HttpClient> client;
};

TEST_F(HttpClientTest, SendsWhatIsNeededAndNothingElse) {
  std::string heard;
  auto script = [](ByteStream& stream, std::string& heard) -> Task<void> {
    heard = co_await HearUntil(stream, "payload");
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok");
  };
  Serve([&](ByteStream& stream, int) { return script(stream, heard); });
  const auto answer = Send({.method = "PUT",
                            .target = "/a?b=c",
                            .headers = {{"X-Evil", "1\r\nInjected: 2"}},
                            .body = "payload"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->headers.Find("x-a"), "b");
  EXPECT_EQ(heard, "PUT /a?b=c HTTP/1.1\r\nHost: " + peer->base().substr(7) +
                       "\r\nX-Evil: 1  Injected: 2\r\nContent-Length: 7\r\n\r\npayload");
}

TEST_F(HttpClientTest, UnderstandsEveryFraming) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
       "abc"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "old"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nreal",
       "real"},
  };
  for (const auto& [bytes, body] : cases) {
    ServeBytes(bytes);
    const auto answer = Send();
    ASSERT_TRUE(answer) << bytes << answer.error().message;
    EXPECT_EQ(answer->body, body) << bytes;
  }
}

TEST_F(HttpClientTest, AnswerToHeadHasALengthButNoBody) {
  ServeBytes("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  const auto answer = Send({.method = "HEAD"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->headers.Find("Content-Length"), "1000");
}

TEST_F(HttpClientTest, AnswersThatEndEarlyOrAreNoneAreUnavailable) {
  for (const char* bytes :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "SSH-2.0-x\r\n\r\n"}) {
    ServeBytes(bytes);
    const auto answer = Send({.target = "/where?key=secret"});
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable) << bytes;
    EXPECT_NE(answer.error().message.find(peer->base().substr(7)), std::string::npos);
    EXPECT_NE(answer.error().message.find("GET /where"), std::string::npos);
    EXPECT_EQ(answer.error().message.find("secret"), std::string::npos);
    EXPECT_EQ(peer->connections(), 1) << "sent again on a new connection: " << bytes;
  }
}

TEST_F(HttpClientTest, AnswerAboveTheLimitIsUnavailable) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"}) {
    ServeBytes(bytes);
    client = HttpClient::Make(loop, {.base = peer->base(), .response_bytes_max = 100});
    const auto answer = Send();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(answer.error().message.find("too large"), std::string::npos);
  }
}

Task<void> AnswerForever(ByteStream& stream) {
  for (;;) {
    const std::string heard = co_await HearUntil(stream, "\r\n\r\n");
    if (heard.empty()) co_return;
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }
}

TEST_F(HttpClientTest, KeepsTheConnectionForTheNextRequest) {
  Serve([](ByteStream& stream, int) { return AnswerForever(stream); });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send());
  EXPECT_EQ(peer->connections(), 1);
}

TEST_F(HttpClientTest, ConnectionTheServerEndedIsNotUsedAgain) {
  // "Content-Length" and an end that was not announced.
  ServeBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  for (int i = 0; i < 3; ++i) {
    const auto answer = Send({.method = "POST"});
    ASSERT_TRUE(answer) << answer.error().message;
  }
  EXPECT_EQ(peer->connections(), 3);
}

TEST_F(HttpClientTest, RequestLostOnAReusedConnectionIsSentOnceMore) {
  // The first connection dies with the second request in hand.
  auto script = [](ByteStream& stream, int number) -> Task<void> {
    co_await HearUntil(stream, "\r\n\r\n");
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(number));
    co_await HearUntil(stream, "\r\n\r\n");
  };
  Serve(script);
  EXPECT_EQ(Send()->body, "1");
  const auto second = Send({.method = "DELETE", .target = "/x"});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->body, "2");
  EXPECT_EQ(peer->connections(), 2);
}

TEST_F(HttpClientTest, RequestIsNotSentAgainOnceTheAnswerHasBegun) {
  auto script = [](ByteStream& stream, int) -> Task<void> {
    co_await HearUntil(stream, "\r\n\r\n");
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    co_await HearUntil(stream, "\r\n\r\n");
    co_await Say(stream, "HTTP/1.1 2");
  };
  Serve(script);
  ASSERT_TRUE(Send());
  EXPECT_FALSE(Send());
  EXPECT_EQ(peer->connections(), 1);
}

TEST_F(HttpClientTest, UnusedConnectionIsClosedAfterItsIdleTime) {
  Event ended(loop);
  auto script = [](ByteStream& stream, Event& ended) -> Task<void> {
    co_await AnswerForever(stream);
    ended.Set();
  };
  Serve([&](ByteStream& stream, int) { return script(stream, ended); });
  client = HttpClient::Make(loop, {.base = peer->base(), .idle = milliseconds(10)});
  ASSERT_TRUE(Send());
  auto wait = [](Event& ended) -> Task<bool> {
    const bool set = co_await ended.WaitFor(kLong);
    co_return set;
  };
  EXPECT_TRUE(RunTask(loop, [&] { return wait(ended); }));
}

TEST_F(HttpClientTest, RefusedConnectionIsUnavailable) {
  Serve([](ByteStream& stream, int) { return AnswerForever(stream); });
  peer.reset();
  const auto answer = Send();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(answer.error().message.find("refused"), std::string::npos) << answer.error().message;
  client = HttpClient::Make(loop, {.base = "unix:/nonexistent/kl.sock"});
  EXPECT_EQ(Send().error().kind, ErrorKind::kUnavailable);
}

TEST_F(HttpClientTest, SilentServerTimesOutAndTheConnectionEnds) {
  Event ended(loop);
  auto script = [](ByteStream& stream, Event& ended) -> Task<void> {
    co_await HearAll(stream);
    ended.Set();
  };
  Serve([&](ByteStream& stream, int) { return script(stream, ended); });
  const MonoTime start = loop.Monotonic();
  const auto answer = Send({}, milliseconds(30));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(answer.error().message.find("timed out"), std::string::npos) << answer.error().message;
  EXPECT_GE(loop.Monotonic() - start, milliseconds(29));
  auto wait = [](Event& ended) -> Task<bool> {
    const bool set = co_await ended.WaitFor(kLong);
    co_return set;
  };
  EXPECT_TRUE(RunTask(loop, [&] { return wait(ended); }));
  EXPECT_EQ(peer->connections(), 1);
}

TEST_F(HttpClientTest, WaitingForATurnCountsForTheTimeOut) {
  Serve([](ByteStream& stream, int number) -> Task<void> {
    auto silent = [](ByteStream& stream) -> Task<void> { co_await HearAll(stream); };
    return number == 1 ? silent(stream) : AnswerForever(stream);
  });
  client = HttpClient::Make(loop, {.base = peer->base(), .connections_max = 1});
  auto run = [](IoLoop& loop, HttpClient& client) -> Task<void> {
    std::vector<Task<Result<Response>>> sends;
    sends.push_back(client.Send({}, milliseconds(60)));
    sends.push_back(client.Send({}, milliseconds(20)));
    sends.push_back(client.Send({}, kLong));
    const auto answers = co_await WhenAll(loop, std::move(sends));
    EXPECT_FALSE(answers[0]);
    EXPECT_FALSE(answers[1]);
    EXPECT_NE(answers[1].error().message.find("waiting for a free connection"), std::string::npos);
    EXPECT_TRUE(answers[2]);  // gets the turn of the first, past the second that gave up
  };
  RunTask(loop, [&] { return run(loop, *client); });
}

TEST_F(HttpClientTest, ThousandRequestsShareSixteenConnections) {
  int running = 0;
  int most = 0;
  std::set<std::string> peers;
  Event full(loop);
  auto handler = [](Event& full, int& running, int& most, std::set<std::string>& peers,
                    Request request) -> Task<Response> {
    peers.insert(request.peer);
    most = std::max(most, ++running);
    // All sixteen must come before the first is answered.
    while (most < 16) co_await full.Wait();
    full.Set();
    --running;
    co_return TextResponse(200, request.body);
  };
  auto server = HttpServer::Listen(loop, "127.0.0.1:0", [&](Request request) {
    return handler(full, running, most, peers, std::move(request));
  });
  ASSERT_TRUE(server);
  client = HttpClient::Make(loop, {.base = "http://" + LocalAddress((*server)->port())});
  auto run = [](IoLoop& loop, HttpClient& client) -> Task<int> {
    std::vector<Task<Result<Response>>> sends;
    for (int i = 0; i < 1000; ++i) {
      Request request{.method = "POST", .body = std::to_string(i)};
      sends.push_back(client.Send(std::move(request), kLong));
    }
    const auto answers = co_await WhenAll(loop, std::move(sends));
    int right = 0;
    for (int i = 0; i < 1000; ++i) right += answers[i] && answers[i]->body == std::to_string(i);
    co_return right;
  };
  EXPECT_EQ(RunTask(loop, [&] { return run(loop, *client); }), 1000);
  EXPECT_EQ(peers.size(), 16u);
  EXPECT_EQ(most, 16);
}

TEST_F(HttpClientTest, FramesMayBeDestroyedAtAnyStageAndTurnsComeBack) {
  Event heard(loop);
  auto script = [](ByteStream& stream, int number, Event& heard) -> Task<void> {
    co_await HearUntil(stream, "\r\n\r\n");
    heard.Set();
    if (number > 2) {
      co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    } else if (number == 2) {
      co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
    }
    co_await HearAll(stream);
  };
  Serve([&](ByteStream& stream, int number) { return script(stream, number, heard); });
  client = HttpClient::Make(loop, {.base = peer->base(), .connections_max = 1});
  auto run = [](IoLoop& loop, HttpClient& client, Event& heard) -> Task<void> {
    auto send = [](HttpClient& client) -> Task<void> {
      Request request;
      co_await client.Send(std::move(request), kLong);
    };
    {  // never started; connecting, and one that waits for its turn
      TaskScope scope(loop);
      scope.Spawn(send(client));
    }
    {
      TaskScope scope(loop);
      scope.Spawn(send(client));
      scope.Spawn(send(client));
      co_await Sleep(loop, milliseconds(0));
    }
    for (int i = 0; i < 2; ++i) {  // waiting for the answer, reading it
      TaskScope scope(loop);
      scope.Spawn(send(client));
      scope.Spawn(send(client));
      co_await heard.Wait();
    }
    for (int i = 0; i < 4; ++i) {  // the client is whole
      Request request;
      const auto answer = co_await client.Send(std::move(request), kLong);
      if (answer) co_return;
    }
    ADD_FAILURE() << "no turn or no connection left";
  };
  RunTask(loop, [&] { return run(loop, *client, heard); });
}

TEST_F(HttpClientTest, ClientMayGoWhileARequestIsUnderWay) {
  Event heard(loop);
  Event release(loop);
  auto script = [](ByteStream& stream, Event& heard, Event& release) -> Task<void> {
    co_await HearUntil(stream, "\r\n\r\n");
    heard.Set();
    co_await release.Wait();
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };
  Serve([&](ByteStream& stream, int) { return script(stream, heard, release); });
  auto run = [](IoLoop& loop, std::unique_ptr<HttpClient>& client, Event& heard,
                Event& release) -> Task<void> {
    auto send = [](HttpClient& client, std::string& body, Event& done) -> Task<void> {
      Request request;
      Result<Response> answer = co_await client.Send(std::move(request), kLong);
      if (answer) body = answer->body;
      done.Set();
    };
    std::string body;
    Event done(loop);
    TaskScope scope(loop);
    scope.Spawn(send(*client, body, done));
    co_await heard.Wait();
    client.reset();
    release.Set();
    co_await done.Wait();
    EXPECT_EQ(body, "ok");
  };
  RunTask(loop, [&] { return run(loop, client, heard, release); });
}

TEST_F(HttpClientTest, InputThatCannotBeSentIsInvalid) {
  for (const char* base : {"", "ftp://x", "http://", "http://a/b", "http://user:pw@host",
                           "http://host:99999", "http://[::1"}) {
    client = HttpClient::Make(loop, {.base = base});
    const auto answer = Send();
    ASSERT_FALSE(answer) << base;
    EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid) << base;
    EXPECT_EQ(answer.error().message.find("pw"), std::string::npos);
  }
  client = HttpClient::Make(loop, {.base = "http://127.0.0.1:1"});
  EXPECT_EQ(Send({.target = "/a b"}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Send({.target = "/a\r\nX: y"}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Send({.target = "a"}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Send({.method = "GET /x"}).error().kind, ErrorKind::kInvalid);
}

TEST_F(HttpClientTest, NamesAreResolvedAndConnectToOverridesThem) {
  Serve([](ByteStream& stream, int) { return AnswerForever(stream); });
  const std::string port = peer->base().substr(peer->base().rfind(':'));
  client = HttpClient::Make(loop, {.base = "http://localhost" + port});
  const auto by_name = Send();
  EXPECT_TRUE(by_name) << by_name.error().message;

  std::string heard;
  auto script = [](ByteStream& stream, std::string& heard) -> Task<void> {
    heard = co_await HearUntil(stream, "\r\n\r\n");
    co_await Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };
  Serve([&](ByteStream& stream, int) { return script(stream, heard); });
  client = HttpClient::Make(
      loop, {.base = "http://shop.example.com", .connect_to = peer->base().substr(7)});
  ASSERT_TRUE(Send());
  EXPECT_NE(heard.find("Host: shop.example.com\r\n"), std::string::npos) << heard;
}

}  // namespace
}  // namespace kl::net
