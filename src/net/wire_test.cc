#include "net/wire.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kl::net {
namespace {

const std::string kRequests[] = {
    "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(300, 'x') + "\r\n\r\n",
    "POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n"
    "hello world",
    "PUT /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;name=\"va\\\"lue\"\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: dropped\r\n\r\n",
    "DELETE / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
};

struct Parsed {
  WireError error = WireError::kNone;
  bool done = false;
  std::size_t used = 0;
  Request request;
};

// Feeds `bytes` as if they arrived in pieces that end at `cuts`; what is not used is offered again.
Parsed Parse(std::string_view bytes, std::vector<std::size_t> cuts, WireLimits limits = {}) {
  RequestParser parser(limits);
  Parsed out;
  cuts.push_back(bytes.size());
  for (std::size_t cut : cuts) {
    while (out.used < cut && !parser.done()) {
      const Fed fed = parser.Put(bytes.substr(out.used, cut - out.used));
      EXPECT_LE(fed.used, cut - out.used);
      out.used += fed.used;
      out.error = fed.error;
      if (out.error != WireError::kNone) return out;
      if (fed.used == 0) break;
    }
  }
  out.done = parser.done();
  out.request = std::move(parser.request());
  return out;
}

TEST(RequestParserTest, ResultDoesNotDependOnWhereThePiecesEnd) {
  for (const std::string& bytes : kRequests) {
    const Parsed whole = Parse(bytes, {});
    ASSERT_TRUE(whole.done) << bytes;
    ASSERT_EQ(whole.used, bytes.size());
    for (std::size_t a = 0; a <= bytes.size(); ++a) {
      const Parsed split = Parse(bytes, {a, std::min(a + 1, bytes.size())});
      ASSERT_TRUE(split.done) << "cut at " << a << " of " << bytes;
      EXPECT_EQ(split.request.target, whole.request.target);
      EXPECT_EQ(split.request.body, whole.request.body);
      EXPECT_EQ(split.request.headers.items(), whole.request.headers.items());
    }
  }
  EXPECT_EQ(Parse(kRequests[2], {}).request.body, "hello world");
  EXPECT_FALSE(Parse(kRequests[2], {}).request.headers.Find("Trailer").has_value());
}

TEST(RequestParserTest, BytesBehindTheMessageAreLeft) {
  const std::string two = kRequests[1] + kRequests[0];
  const Parsed first = Parse(two, {});
  EXPECT_TRUE(first.done);
  EXPECT_EQ(first.used, kRequests[1].size());
}

TEST(RequestParserTest, LimitsHoldAtTheirEdge) {
  const std::string& bytes = kRequests[1];
  EXPECT_TRUE(Parse(bytes, {}, {.body_bytes_max = 11}).done);
  EXPECT_EQ(Parse(bytes, {}, {.body_bytes_max = 10}).error, WireError::kBodyTooLarge);
  EXPECT_EQ(Parse(kRequests[2], {}, {.body_bytes_max = 10}).error, WireError::kBodyTooLarge);
  EXPECT_EQ(Parse(kRequests[0], {}, {.header_bytes_max = 200}).error, WireError::kHeaderTooLarge);
}

// Whatever comes, the parser answers; it neither stops the program nor uses more than it was given.
TEST(RequestParserTest, DamagedRequestsAreNeverMoreThanAnError) {
  SeededRandom random(20240607);
  const std::string_view spice = "\r\n :;,=\"\\0123456789abcdefXZ\t\x80\xff{}";
  int refused = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string bytes = kRequests[random.Below(std::size(kRequests))];
    for (std::uint64_t n = 1 + random.Below(4); n > 0; --n) {
      const std::size_t at = random.Below(bytes.size());
      switch (random.Below(3)) {
        case 0: bytes[at] = spice[random.Below(spice.size())]; break;
        case 1: bytes.erase(at, 1 + random.Below(6)); break;
        default: bytes.insert(at, 1 + random.Below(3), spice[random.Below(spice.size())]); break;
      }
      if (bytes.empty()) bytes = "x";
    }
    std::vector<std::size_t> cuts;
    for (std::size_t cut = random.Below(20); cut < bytes.size(); cut += 1 + random.Below(40)) {
      cuts.push_back(cut);
    }
    const Parsed parsed = Parse(bytes, cuts, {.header_bytes_max = 4096, .body_bytes_max = 4096});
    refused += parsed.error != WireError::kNone;
    EXPECT_LE(parsed.request.body.size(), 4096u);
  }
  EXPECT_GT(refused, 1000);  // the damage reached the parser
}

TEST(ResponseParserTest, StopsBehindTheHeaderUntilTheBodyIsWanted) {
  ResponseParser parser({}, false);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(parser.Put(head + "abc").used, head.size());
  EXPECT_TRUE(parser.header_done());
  EXPECT_FALSE(parser.done());
  parser.ReadBody();
  EXPECT_EQ(parser.Put("abc").used, 3u);
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.response().body, "abc");
}

TEST(ResponseParserTest, EndOfConnectionCompletesOnlyAnUnframedBody) {
  ResponseParser open({}, false);
  open.ReadBody();
  open.Put("HTTP/1.1 200 OK\r\n\r\nabc");
  EXPECT_TRUE(open.PutEof());
  ResponseParser framed({}, false);
  framed.ReadBody();
  framed.Put("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  EXPECT_FALSE(framed.PutEof());
  ResponseParser nothing({}, false);
  EXPECT_FALSE(nothing.PutEof());
}

TEST(ChunkTest, SizeIsHexAndTheEmptyPieceEnds) {
  EXPECT_EQ(Chunk("hello"), "5\r\nhello\r\n");
  EXPECT_EQ(Chunk(std::string(255, 'x')).substr(0, 4), "ff\r\n");
  EXPECT_EQ(Chunk(""), "0\r\n\r\n");
}

}  // namespace
}  // namespace kl::net
