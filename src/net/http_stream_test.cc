// Answers over time: streamed bodies, and connections after an upgrade.
#include <gtest/gtest.h>

#include "net/test_peer.h"

namespace kl::net {
namespace {

using namespace kl::net::testing;
using std::chrono::milliseconds;

// A body fed by the test.
struct Feed {
  explicit Feed(IoLoop& loop) : more(loop), gone(loop) {}
  void Give(std::string piece) {
    pieces.push_back(std::move(piece));
    more.Set();
  }
  std::deque<std::string> pieces;  // an empty one ends the body, "!" fails it
  Event more;
  Event gone;  // the server has let go of the reader
};

class FedReader : public BodyReader {
 public:
  explicit FedReader(Feed& feed) : feed_(feed) {}
  ~FedReader() override { feed_.gone.Set(); }
  Task<Result<std::string>> Read() override {
    while (feed_.pieces.empty()) co_await feed_.more.Wait();
    std::string piece = std::move(feed_.pieces.front());
    feed_.pieces.pop_front();
    if (piece == "!") co_return Fail(ErrorKind::kUnavailable, "source went away");
    co_return piece;
  }

 private:
  Feed& feed_;
};

Task<Result<Response>> Follow(HttpClient& client) {
  return client.Stream({.target = "/stream"}, kLong);
}

class HttpStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto handler = [](Feed& feed, Request request) -> Task<Response> {
      Response response = TextResponse(200, "");
      if (request.target == "/stream") response.stream = std::make_unique<FedReader>(feed);
      co_return response;
    };
    auto made = HttpServer::Listen(loop, "127.0.0.1:0", [this, handler](Request request) {
      return handler(feed, std::move(request));
    });
    ASSERT_TRUE(made) << made.error().message;
    server = std::move(*made);
    address = LocalAddress(server->port());
    client = HttpClient::Make(loop, {.base = "http://" + address, .connections_max = 1});
  }

  IoLoop loop;
  Feed feed{loop};
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
  std::string address;
};

TEST_F(HttpStreamTest, PiecesArriveAsTheyAreMadeAndTheConnectionIsKept) {
  auto run = [](HttpClient& client, Feed& feed) -> Task<void> {
    Result<Response> answer = co_await Follow(client);
    EXPECT_TRUE(answer && answer->stream);
    if (!answer) co_return;
    for (const char* piece : {"one", "two\n", "three"}) {
      feed.Give(piece);
      const Result<std::string> got = co_await answer->stream->Read();
      EXPECT_EQ(got.value_or("error"), piece);
    }
    const std::string large(300'000, 'x');
    feed.Give(large);
    feed.Give("");
    std::string rest;
    for (;;) {
      const Result<std::string> got = co_await answer->stream->Read();
      if (!got || got->empty()) break;
      rest += *got;
    }
    EXPECT_EQ(rest, large);
    const Result<std::string> end = co_await answer->stream->Read();
    EXPECT_EQ(end.value_or("error"), "");
  };
  RunTask(loop, [&] { return run(*client, feed); });
  const auto next = RunTask(loop, [&] { return client->Send({}, kLong); });
  EXPECT_TRUE(next) << next.error().message;
}

TEST_F(HttpStreamTest, ClientThatGoesEndsTheStreamAtItsSource) {
  auto run = [](HttpClient& client, Feed& feed) -> Task<bool> {
    {
      Result<Response> answer = co_await Follow(client);
      feed.Give("first");
      const Result<std::string> got = co_await answer->stream->Read();
      EXPECT_EQ(got.value_or("error"), "first");
    }
    // The source makes nothing any more: only the closed connection tells.
    const bool gone = co_await feed.gone.WaitFor(kLong);
    co_return gone;
  };
  EXPECT_TRUE(RunTask(loop, [&] { return run(*client, feed); }));
}

TEST_F(HttpStreamTest, StreamDoesNotOccupyTheTurnOfOthers) {
  auto run = [](HttpClient& client) -> Task<bool> {
    Result<Response> followed = co_await Follow(client);
    Task<Result<Response>> send = client.Send({}, kLong);
    const Result<Response> other = co_await std::move(send);
    co_return followed&& other;
  };
  EXPECT_TRUE(RunTask(loop, [&] { return run(*client); }));
}

TEST_F(HttpStreamTest, FailingSourceCutsTheAnswerVisibly) {
  feed.Give("part");
  feed.Give("!");
  const auto answer = RunTask(loop, [&] { return client->Send({.target = "/stream"}, kLong); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST_F(HttpStreamTest, PipelinedRequestBehindAStreamIsAnsweredAfterIt) {
  auto run = [](IoLoop& loop, std::string address, Feed& feed) -> Task<std::string> {
    std::shared_ptr<ByteStream> stream = co_await Dial(loop, address);
    co_await Say(*stream, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await HearUntil(*stream, "\r\n\r\n");
    co_await Say(*stream, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    feed.Give("body");
    const std::string piece = co_await HearUntil(*stream, "body\r\n");
    EXPECT_EQ(piece, "4\r\nbody\r\n");
    feed.Give("");
    std::string rest = co_await HearAll(*stream);
    co_return rest;
  };
  const std::string rest = RunTask(loop, [&] { return run(loop, address, feed); });
  EXPECT_TRUE(rest.starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n")) << rest;
}

TEST_F(HttpStreamTest, OldProtocolGetsTheStreamWithoutChunks) {
  feed.Give("plain ");
  feed.Give("text");
  feed.Give("");
  const std::string heard =
      RunTask(loop, [&] { return Converse(loop, address, "GET /stream HTTP/1.0\r\n\r\n"); });
  EXPECT_TRUE(heard.ends_with("\r\n\r\nplain text")) << heard;
  EXPECT_EQ(heard.find("chunked"), std::string::npos);
}

class UpgradeTest : public ::testing::Test {
 protected:
  // Accepts with `head`, says hello in the same breath, then echoes in brackets until the end.
  void Serve(std::string head) {
    auto script = [](ByteStream& stream, std::string head, std::string& asked) -> Task<void> {
      asked = co_await HearUntil(stream, "\r\n\r\n");
      co_await Say(stream, head + "hello");
      for (;;) {
        const IoResult got = co_await stream.Read();
        if (!got.ok()) co_return;
        const std::string bytes = Take(stream, std::string::npos);
        if (bytes == "bye") co_return;
        co_await Say(stream, "[" + bytes + "]");
      }
    };
    peer = std::make_unique<ScriptedServer>(loop, [this, script, head](ByteStream& stream, int) {
      return script(stream, head, asked);
    });
    client = HttpClient::Make(loop, {.base = peer->base()});
  }

  IoLoop loop;
  std::string asked;
  std::unique_ptr<ScriptedServer> peer;
  std::unique_ptr<HttpClient> client;
};

TEST_F(UpgradeTest, BytesPassBothWaysUntilTheEnd) {
  for (const char* head : {"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Type: application/raw-stream\r\n\r\n"}) {
    Serve(head);
    auto run = [](HttpClient& client) -> Task<void> {
      Request request{.method = "POST", .target = "/attach"};
      auto duplex = co_await client.Upgrade(std::move(request), kLong);
      EXPECT_TRUE(duplex);
      if (!duplex) co_return;
      Result<std::string> got = co_await (*duplex)->Read();
      EXPECT_EQ(got.value_or("error"), "hello");
      const Status sent = co_await (*duplex)->Write("abc");
      EXPECT_TRUE(sent);
      got = co_await (*duplex)->Read();
      EXPECT_EQ(got.value_or("error"), "[abc]");
      const Status last = co_await (*duplex)->Write("bye");
      EXPECT_TRUE(last);
      got = co_await (*duplex)->Read();
      EXPECT_EQ(got.value_or("error"), "");
    };
    RunTask(loop, [&] { return run(*client); });
    EXPECT_NE(asked.find("Connection: Upgrade\r\n"), std::string::npos) << asked;
    EXPECT_NE(asked.find("Upgrade: tcp\r\n"), std::string::npos) << asked;
  }
}

TEST_F(UpgradeTest, OtherAnswersAreUnavailableWithTheirStatus) {
  for (const char* head : {"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}) {
    Serve(head);
    const auto duplex =
        RunTask(loop, [&] { return client->Upgrade({.target = "/attach"}, kLong); });
    ASSERT_FALSE(duplex);
    EXPECT_EQ(duplex.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(duplex.error().message.find(std::string(head).substr(9, 3)), std::string::npos);
  }
}

}  // namespace
}  // namespace kl::net
