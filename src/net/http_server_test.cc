#include <gtest/gtest.h>

#include <filesystem>

#include "net/test_peer.h"

namespace kl::net {
namespace {

using namespace kl::net::testing;
using std::chrono::milliseconds;

Task<Response> Echo(Request request) {
  co_return TextResponse(200, request.method + " " + request.target + " [" + request.body + "]");
}

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServer::Handler handler, ServerLimits limits = {}) {
    auto made = HttpServer::Listen(loop, "127.0.0.1:0", std::move(handler), limits);
    ASSERT_TRUE(made) << made.error().message;
    server = std::move(*made);
    address = LocalAddress(server->port());
  }
  std::string Talk(std::string bytes) {
    return RunTask(loop, [&] { return Converse(loop, address, std::move(bytes)); });
  }

  IoLoop loop;
  std::unique_ptr<HttpServer> server;
  std::string address;
};

int CountOf(std::string_view text, std::string_view what) {
  int n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

std::string StatusLine(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  int running = 0;
  Start([&](Request request) -> Task<Response> {
    // Slower for the first: they would overtake if they ran at once.
    auto handle = [](IoLoop& loop, int& running, Request request) -> Task<Response> {
      EXPECT_EQ(++running, 1);
      if (request.target == "/1") co_await Sleep(loop, milliseconds(10));
      --running;
      co_return TextResponse(200, "<" + request.target + request.body + ">");
    };
    return handle(loop, running, std::move(request));
  });
  const std::string heard = Talk(
      "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
      "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto a = heard.find("</1ab>"), b = heard.find("</2>"), c = heard.find("</3xyz>"),
             d = heard.find("</4>");
  EXPECT_TRUE(a < b && b < c && c < d && d != std::string::npos) << heard;
  EXPECT_EQ(CountOf(heard, "HTTP/1.1 200 OK"), 4);
  EXPECT_EQ(CountOf(heard, "Connection: close"), 1);
}

TEST_F(HttpServerTest, OldProtocolGetsPlainAnswersAndTheEnd) {
  Start(Echo);
  const std::string heard = Talk("GET / HTTP/1.0\r\n\r\n");
  EXPECT_NE(heard.find("Connection: close"), std::string::npos) << heard;
  EXPECT_TRUE(heard.ends_with("GET / []"));
}

TEST_F(HttpServerTest, RequestMayArriveByteByByte) {
  Start(Echo);
  auto drip = [](IoLoop& loop, std::string address) -> Task<std::string> {
    std::shared_ptr<ByteStream> stream = co_await Dial(loop, address);
    const std::string bytes =
        "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2;ext=1\r\nab\r\n1\r\nc\r\n0\r\nTrailer: 1\r\n\r\n";
    for (char c : bytes) {
      co_await Say(*stream, std::string(1, c));
      co_await Sleep(loop, milliseconds(0));
    }
    std::string heard = co_await HearAll(*stream);
    co_return heard;
  };
  const std::string heard = RunTask(loop, [&] { return drip(loop, address); });
  EXPECT_TRUE(heard.ends_with("POST /x [abc]")) << heard;
}

TEST_F(HttpServerTest, AnnouncedLargeBodyIsRefusedWhileItIsStillSent) {
  Start(Echo, {.body_bytes_max = 1000});
  // Far more than all socket buffers: the answer must survive the bytes nobody wants.
  const std::string heard = Talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16000000\r\n\r\n" +
                                 std::string(16'000'000, 'x'));
  EXPECT_EQ(StatusLine(heard), "HTTP/1.1 413 Payload Too Large");
  EXPECT_NE(heard.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, LargeChunkedBodyIsRefused) {
  Start(Echo, {.body_bytes_max = 1000});
  std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) bytes += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(StatusLine(Talk(bytes + "0\r\n\r\n")), "HTTP/1.1 413 Payload Too Large");
}

TEST_F(HttpServerTest, BodyOfExactlyTheLimitPasses) {
  Start(Echo, {.body_bytes_max = 1000});
  const std::string heard =
      Talk("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" +
           std::string(1000, 'x'));
  EXPECT_EQ(StatusLine(heard), "HTTP/1.1 200 OK");
}

TEST_F(HttpServerTest, LargeHeaderIsRefusedInOnePieceOrMany) {
  Start(Echo, {.header_bytes_max = 1000});
  EXPECT_EQ(StatusLine(Talk("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x'))),
            "HTTP/1.1 431 Request Header Fields Too Large");
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 100; ++i) many += "X-Name: 0123456789\r\n";
  EXPECT_EQ(StatusLine(Talk(many)), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(StatusLine(Talk("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                            std::string(3000, 'e'))),
            "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpServerTest, WhatIsNotHttpIsRefused) {
  Start(Echo);
  const std::string cases[] = {
      "hello\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  for (const std::string& bytes : cases) {
    const std::string heard = Talk(bytes);
    EXPECT_EQ(StatusLine(heard), "HTTP/1.1 400 Bad Request") << bytes;
    EXPECT_EQ(CountOf(heard, "HTTP/1.1"), 2) << bytes;  // once in the text of the refusal
  }
}

TEST_F(HttpServerTest, SlowRequestTimesOutAndIdleConnectionJustCloses) {
  Start(Echo, {.idle = milliseconds(40), .read = milliseconds(20)});
  EXPECT_EQ(StatusLine(Talk("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab")),
            "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(Talk(""), "");
  const std::string heard = Talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(heard.ends_with("GET / []")) << heard;
}

TEST_F(HttpServerTest, ClientThatWaitsForContinueIsToldTo) {
  Start(Echo);
  auto talk = [](IoLoop& loop, std::string address) -> Task<std::string> {
    std::shared_ptr<ByteStream> stream = co_await Dial(loop, address);
    co_await Say(*stream,
                 "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\n"
                 "Content-Length: 4\r\n\r\n");
    const std::string interim = co_await HearUntil(*stream, "\r\n\r\n");
    EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    co_await Say(*stream, "body");
    std::string heard = co_await HearAll(*stream);
    co_return heard;
  };
  const std::string heard = RunTask(loop, [&] { return talk(loop, address); });
  EXPECT_TRUE(heard.ends_with("POST / [body]")) << heard;
}

TEST_F(HttpServerTest, HeadAndEmptyStatusHaveNoBody) {
  Start([](Request request) -> Task<Response> {
    auto handle = [](Request request) -> Task<Response> {
      co_return TextResponse(request.target == "/empty" ? 204 : 200, "12345");
    };
    return handle(std::move(request));
  });
  const std::string head = Talk("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  const std::string empty = Talk("GET /empty HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(empty.find("Content-Length"), std::string::npos) << empty;
  EXPECT_TRUE(empty.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, ValuesCannotAddHeadersNorFraming) {
  Start([](Request request) -> Task<Response> {
    auto handle = [](Request) -> Task<Response> {
      Response response = TextResponse(200, "ok");
      response.headers.Add("Location", "/a\r\nSet-Cookie: evil=1");
      response.headers.Add("content-length", "99");
      response.headers.Add("Transfer-Encoding", "chunked");
      co_return response;
    };
    return handle(std::move(request));
  });
  const std::string heard = Talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(heard.find("\r\nSet-Cookie"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("99"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("chunked"), std::string::npos) << heard;
  EXPECT_NE(heard.find("Content-Length: 2\r\n"), std::string::npos) << heard;
}

TEST_F(HttpServerTest, FailingHandlerIsAnAnswerNotTheEnd) {
  Start([](Request request) -> Task<Response> {
    auto handle = [](Request request) -> Task<Response> {
      if (request.target == "/throw") throw std::runtime_error("secret detail");
      co_return TextResponse(200, "fine");
    };
    return handle(std::move(request));
  });
  const std::string heard = Talk(
      "GET /throw HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_EQ(StatusLine(heard), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(heard.find("secret detail"), std::string::npos);
  EXPECT_TRUE(heard.ends_with("fine"));
}

TEST_F(HttpServerTest, StopFinishesWhatIsBeingAnsweredAndClosesTheRest) {
  Event asked(loop);
  Event release(loop);
  Start([&](Request request) -> Task<Response> {
    auto handle = [](Event& asked, Event& release, Request) -> Task<Response> {
      asked.Set();
      co_await release.Wait();
      co_return TextResponse(200, "finished");
    };
    return handle(asked, release, std::move(request));
  });
  auto talk = [](HttpServerTest& t, HttpServer& server, std::string address, IoLoop& loop,
                 Event& asked, Event& release) -> Task<void> {
    (void)t;
    std::shared_ptr<ByteStream> busy = co_await Dial(loop, address);
    co_await Say(*busy, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await asked.Wait();
    // Connected later, and asked for nothing: by the time the other is served it was accepted.
    std::shared_ptr<ByteStream> idle = co_await Dial(loop, address);
    server.StopAccepting();
    release.Set();
    const std::string heard = co_await HearAll(*busy);
    EXPECT_TRUE(heard.ends_with("finished")) << heard;
    EXPECT_NE(heard.find("Connection: close"), std::string::npos) << heard;
    const std::string nothing = co_await HearAll(*idle);
    EXPECT_EQ(nothing, "");
    auto late = ByteStream::Make(loop);
    const IoResult refused = co_await late->Connect(*ParseEndpoint(address));
    EXPECT_EQ(refused.error, std::errc::connection_refused);
  };
  RunTask(loop, [&] { return talk(*this, *server, address, loop, asked, release); });
}

TEST_F(HttpServerTest, DestructionEndsConnectionsInTheMiddleOfARequest) {
  Event asked(loop);
  Event never(loop);
  Start([&](Request request) -> Task<Response> {
    auto handle = [](Event& asked, Event& never, Request) -> Task<Response> {
      asked.Set();
      co_await never.Wait();
      co_return TextResponse(200, "never");
    };
    return handle(asked, never, std::move(request));
  });
  auto talk = [](std::unique_ptr<HttpServer>& server, std::string address, IoLoop& loop,
                 Event& asked) -> Task<std::string> {
    std::shared_ptr<ByteStream> stream = co_await Dial(loop, address);
    co_await Say(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await asked.Wait();
    server.reset();
    std::string heard = co_await HearAll(*stream);
    co_return heard;
  };
  EXPECT_EQ(RunTask(loop, [&] { return talk(server, address, loop, asked); }), "");
}

TEST_F(HttpServerTest, AddressInUseOrUnreadableIsRefusedWithItsName) {
  Start(Echo);
  const auto taken = HttpServer::Listen(loop, address, Echo);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(taken.error().message.find(address), std::string::npos);
  for (const char* bad : {"", "localhost:80", "127.0.0.1", "127.0.0.1:70000", "[::1:80", "unix:"}) {
    const auto refused = HttpServer::Listen(loop, bad, Echo);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid) << bad;
  }
}

class UnixSocketTest : public HttpServerTest {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "kl-net-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    path = folder / "api.sock";
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(folder);
  }
  std::filesystem::path folder, path;
};

TEST_F(UnixSocketTest, ServesAndLeavesNoFileBehind) {
  auto made = HttpServer::Listen(loop, "unix:" + path.string(), Echo);
  ASSERT_TRUE(made) << made.error().message;
  auto client = HttpClient::Make(loop, {.base = "unix:" + path.string()});
  const auto answer = RunTask(loop, [&] { return client->Send({.target = "/x"}, kLong); });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "GET /x []");
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
  made->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, LiveSocketIsKeptAndADeadOneReplaced) {
  auto first = HttpServer::Listen(loop, "unix:" + path.string(), Echo);
  ASSERT_TRUE(first);
  const auto second = HttpServer::Listen(loop, "unix:" + path.string(), Echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  // What a killed process leaves: the file, and nobody behind it.
  std::filesystem::rename(path, folder / "moved.sock");
  first->reset();
  std::filesystem::rename(folder / "moved.sock", path);
  EXPECT_TRUE(HttpServer::Listen(loop, "unix:" + path.string(), Echo));
}

}  // namespace
}  // namespace kl::net
