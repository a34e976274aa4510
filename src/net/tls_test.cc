// HTTPS against a server made of plain OpenSSL, with certificates made here.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "net/test_peer.h"

namespace kl::net {
namespace {

using namespace kl::net::testing;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

// Self-signed, valid for an hour around now, for one DNS name.
Certificate MakeCertificate(EVP_PKEY* key, const std::string& name) {
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -1800);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 1800);
  X509_set_pubkey(made.get(), key);
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  const std::pair<int, std::string> extensions[] = {{NID_basic_constraints, "critical,CA:TRUE"},
                                                    {NID_subject_alt_name, "DNS:" + name}};
  for (const auto& [id, value] : extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

// Serves on a thread of its own, one connection after the other: answers every request with the
// server name the client asked for.
class TlsServer {
 public:
  TlsServer(EVP_PKEY* key, X509* certificate) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes the accept
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  std::string port() const { return std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void Run() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      SSL* session = SSL_new(context_);
      SSL_set_fd(session, fd);
      if (SSL_accept(session) == 1) Serve(session);
      SSL_free(session);
      ::close(fd);
    }
  }
  static void Serve(SSL* session) {
    const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    const std::string body = (name ? name : "none") + std::string(100'000, '.');
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    std::string heard;
    char bytes[4096];
    for (int n; (n = SSL_read(session, bytes, sizeof bytes)) > 0;) {
      heard.append(bytes, static_cast<std::size_t>(n));
      if (!heard.ends_with("\r\n\r\nbody")) continue;
      heard.clear();
      SSL_write(session, answer.data(), static_cast<int>(answer.size()));
    }
  }

  SSL_CTX* context_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);  // the server writes to clients that have gone
    std::string pattern = (std::filesystem::temp_directory_path() / "kl-tls-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    ca_file = (folder / "ca.pem").string();
    key.reset(EVP_EC_gen("P-256"));
    certificate = MakeCertificate(key.get(), "shop.example.com");
    FILE* file = std::fopen(ca_file.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    server = std::make_unique<TlsServer>(key.get(), certificate.get());
  }
  void TearDown() override {
    client.reset();  // its kept connection holds the server
    server.reset();
    std::filesystem::remove_all(folder);
  }
  Result<Response> Send(ClientOptions options) {
    client = HttpClient::Make(loop, std::move(options));
    return Again();
  }
  Result<Response> Again() {
    return RunTask(loop, [&] { return client->Send({.method = "POST", .body = "body"}, kLong); });
  }
  std::string address() const { return "127.0.0.1:" + server->port(); }
  std::string named() const { return "https://shop.example.com:" + server->port(); }

  IoLoop loop;
  std::filesystem::path folder;
  std::string ca_file;
  Key key;
  Certificate certificate;
  std::unique_ptr<TlsServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(TlsTest, TrustedServerIsAskedByNameAndItsConnectionKept) {
  const auto answer = Send({.base = named(), .connect_to = address(), .ca_file = ca_file});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body.starts_with("shop.example.com."));
  EXPECT_EQ(answer->body.size(), 16 + 100'000u);
  for (int i = 0; i < 3; ++i) {
    const auto again = Again();
    EXPECT_TRUE(again) << again.error().message;
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(TlsTest, UnknownAuthorityIsRefusedWithTheReason) {
  const auto answer = Send({.base = named(), .connect_to = address()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(answer.error().message.find("certificate not trusted: self"), std::string::npos)
      << answer.error().message;
}

TEST_F(TlsTest, CertificateOfAnotherNameIsRefused) {
  const auto answer = Send({.base = "https://other.example.com:" + server->port(),
                            .connect_to = address(),
                            .ca_file = ca_file});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST_F(TlsTest, VerificationCanBeSwitchedOff) {
  const auto answer = Send({.base = "https://" + address(), .verify_tls = false});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body.starts_with("none."));  // an address is no server name
}

TEST_F(TlsTest, ServerWithoutTlsIsUnavailable) {
  auto script = [](ByteStream& stream, int) -> Task<void> { co_await Say(stream, "hello\r\n"); };
  ScriptedServer plain(loop, script);
  const auto answer = Send({.base = "https" + plain.base().substr(4), .verify_tls = false});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST_F(TlsTest, AuthorityFileThatCannotBeReadIsInvalid) {
  const auto answer = Send({.base = named(), .ca_file = (folder / "absent.pem").string()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(answer.error().message.find("absent.pem"), std::string::npos);
}

TEST_F(TlsTest, FramesMayBeDestroyedDuringTheHandshake) {
  Event heard(loop);
  auto script = [](ByteStream& stream, Event& heard) -> Task<void> {
    co_await stream.Read();
    heard.Set();
    co_await HearAll(stream);
  };
  ScriptedServer silent(loop, [&](ByteStream& stream, int) { return script(stream, heard); });
  client = HttpClient::Make(
      loop, {.base = "https" + silent.base().substr(4), .verify_tls = false, .connections_max = 1});
  auto run = [](IoLoop& loop, HttpClient& client, Event& heard) -> Task<void> {
    auto send = [](HttpClient& client) -> Task<void> {
      Request request;
      co_await client.Send(std::move(request), kLong);
    };
    for (int i = 0; i < 2; ++i) {
      TaskScope scope(loop);
      scope.Spawn(send(client));
      const bool reached = co_await heard.WaitFor(kLong);
      EXPECT_TRUE(reached);
    }
  };
  RunTask(loop, [&] { return run(loop, *client, heard); });
  client.reset();
}

}  // namespace
}  // namespace kl::net
