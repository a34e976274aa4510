#include "adapters/ca_acme/acme.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace kl {
namespace {

using acme::OrderState;
using acme::SigningKey;

constexpr int kNonceTriesMax = 8;  // a test authority refuses one in twenty
constexpr std::size_t kNoncesMax = 16;
constexpr std::size_t kKeyBytesMax = 16 << 10;

std::unexpected<Error> KeyError(const std::string& path, const std::string& why) {
  return Fail(ErrorKind::kUnavailable, "account key '" + path + "': " + why);
}

Result<SigningKey> ReadKey(const std::string& path, int fd) {
  std::string text(kKeyBytesMax, '\0');
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (size < 0) return KeyError(path, std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(size));
  auto key = SigningKey::FromPem(SecretString(std::move(text)));
  if (!key) return KeyError(path, key.error().message);
  return key;
}

// The file is written whole or not at all: the account hangs on it.
Result<SigningKey> AccountKey(const std::string& path) {
  const int present = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (present >= 0) return ReadKey(path, present);
  if (errno != ENOENT) return KeyError(path, std::generic_category().message(errno));
  SigningKey key = SigningKey::Generate();
  const SecretString pem = key.Pem();
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto size = static_cast<ssize_t>(pem.Reveal().size());
  const bool whole =
      fd >= 0 && ::write(fd, pem.Reveal().data(), pem.Reveal().size()) == size && ::fsync(fd) == 0;
  const int number = errno;
  if (fd >= 0) ::close(fd);
  if (!whole || ::rename(fresh.c_str(), path.c_str()) != 0) {
    return KeyError(path, std::generic_category().message(whole ? errno : number));
  }
  return key;
}

struct Url {
  std::string origin;
  std::string target;
};
Result<Url> Split(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos ||
      (!url.starts_with("https://") && !url.starts_with("http://"))) {
    return Fail(ErrorKind::kInvalid, "not a web address: '" + url + "'");
  }
  const auto slash = url.find('/', scheme + 3);
  if (slash == std::string::npos) return Url{url, "/"};
  return Url{url.substr(0, slash), url.substr(slash)};
}

}  // namespace

AcmeAuthority::AcmeAuthority(net::IoLoop& loop, ProofBoard& board, AcmeOptions options,
                             SigningKey key)
    : loop_(loop),
      board_(board),
      options_(std::move(options)),
      key_(std::move(key)),
      registered_(loop) {}

Result<std::unique_ptr<AcmeAuthority>> AcmeAuthority::Make(net::IoLoop& loop, ProofBoard& board,
                                                           AcmeOptions options) {
  auto url = Split(options.directory);
  if (!url) {
    return Fail(ErrorKind::kInvalid, "acme_directory: " + url.error().message, "acme_directory");
  }
  if (!options.ca_file.empty() && ::access(options.ca_file.c_str(), R_OK) != 0) {
    return Fail(
        ErrorKind::kInvalid,
        "acme_ca_root: '" + options.ca_file + "': " + std::generic_category().message(errno),
        "acme_ca_root");
  }
  KL_TRY(SigningKey key, AccountKey(options.account_key));
  return std::unique_ptr<AcmeAuthority>(
      new AcmeAuthority(loop, board, std::move(options), std::move(key)));
}

Task<Result<net::Response>> AcmeAuthority::Call(std::string url, net::Request request) {
  KL_CO_TRY(const Url parts, Split(url));
  auto& client = clients_[parts.origin];
  if (!client) {
    net::ClientOptions options;
    options.base = parts.origin;
    options.ca_file = options_.ca_file;
    options.response_bytes_max = 1 << 20;
    client = net::HttpClient::Make(loop_, std::move(options));
  }
  request.target = parts.target;
  request.headers.Set("User-Agent", "kuberlogic");
  auto response = co_await client->Send(std::move(request), options_.call_limit);
  if (!response) co_return Wrap(std::move(response).error(), "certificate authority");
  if (auto nonce = response->headers.Find("Replay-Nonce"); nonce && nonces_.size() < kNoncesMax) {
    nonces_.emplace_back(*nonce);
  }
  co_return std::move(*response);
}

Task<Result<std::string>> AcmeAuthority::FreshNonce() {
  nonces_.clear();
  net::Request request;
  KL_CO_TRY(net::Response response, co_await Call(directory_.new_nonce, std::move(request)));
  if (response.status >= 300) co_return Fail(acme::ProblemOf(response));
  auto nonce = response.headers.Find("Replay-Nonce");
  if (!nonce) co_return Fail(ErrorKind::kUnavailable, "the certificate authority gives no nonce");
  nonces_.clear();
  co_return std::string(*nonce);
}

Task<Result<std::string>> AcmeAuthority::Nonce() {
  if (nonces_.empty()) {
    auto fresh = co_await FreshNonce();
    co_return fresh;
  }
  std::string nonce = std::move(nonces_.back());
  nonces_.pop_back();
  co_return nonce;
}

Task<Result<AcmeAuthority::Posted>> AcmeAuthority::Post(std::string url, std::string payload,
                                                        bool as_key) {
  for (int attempt = 1;; ++attempt) {
    KL_CO_TRY(std::string nonce, co_await Nonce());
    const acme::Signed where{url, std::move(nonce), as_key ? "" : account_};
    net::Request request;
    request.method = "POST";
    request.headers.Set("Content-Type", "application/jose+json");
    request.body = acme::Sign(key_, where, payload);
    KL_CO_TRY(net::Response response, co_await Call(url, std::move(request)));
    if (acme::IsBadNonce(response) && attempt < kNonceTriesMax) continue;
    if (response.status >= 300) {
      Error error = acme::ProblemOf(response);
      // It may have lost our account, or be another authority than before: asked for anew.
      if (error.kind == ErrorKind::kInvalid) account_.clear();
      co_return Fail(std::move(error));
    }
    Posted out;
    out.location = response.headers.Find("Location").value_or("");
    out.response = std::move(response);
    co_return out;
  }
}

// Answers with the account the key has already, or makes one.
Task<Status> AcmeAuthority::Register() {
  net::Request request;
  KL_CO_TRY(net::Response response, co_await Call(options_.directory, std::move(request)));
  if (response.status != 200) co_return Fail(acme::ProblemOf(response));
  KL_CO_TRY(directory_, acme::ParseDirectory(response.body));
  std::string payload = acme::NewAccount(options_.email);
  KL_CO_TRY(Posted posted, co_await Post(directory_.new_account, std::move(payload), true));
  if (posted.location.empty()) {
    co_return Fail(ErrorKind::kUnavailable, "the certificate authority names no account");
  }
  account_ = std::move(posted.location);
  co_return Status();
}

// The newest nonce is kept for the order that follows.
Task<Status> AcmeAuthority::Ready() {
  while (registering_) co_await registered_.WaitFor(options_.call_limit);
  if (!account_.empty()) {
    KL_CO_TRY(std::string nonce, co_await FreshNonce());
    nonces_.push_back(std::move(nonce));
    co_return Status();
  }
  registering_ = true;
  Status done = co_await Register();
  registering_ = false;
  registered_.Set();
  co_return done;
}

Task<Result<IssuedCertificate>> AcmeAuthority::Order(std::string host) {
  auto issued = co_await OrderOnce(host, loop_.Monotonic() + options_.order_limit);
  if (!issued) co_return Wrap(std::move(issued).error(), "certificate of '" + host + "'");
  co_return std::move(*issued);
}

Task<Result<IssuedCertificate>> AcmeAuthority::OrderOnce(std::string host, MonoTime deadline) {
  if (account_.empty()) KL_CO_RETURN_IF_ERROR(co_await Ready());
  std::string payload = acme::NewOrder(host);
  KL_CO_TRY(Posted posted, co_await Post(directory_.new_order, std::move(payload)));
  const std::string url = posted.location;
  KL_CO_TRY(OrderState order, acme::ParseOrder(posted.response.body));
  for (const std::string& each : order.authorizations) {
    KL_CO_RETURN_IF_ERROR(co_await Authorize(each, deadline));
  }
  KL_CO_TRY(order, co_await AwaitOrder(url, "ready", deadline));
  SigningKey key = SigningKey::Generate();
  payload = acme::Finalize(key.CertificateRequest(host));
  KL_CO_TRY(posted, co_await Post(order.finalize, std::move(payload)));
  auto issued = co_await Collect(url, std::move(key), deadline);
  if (!issued && issued.error().kind == ErrorKind::kUnavailable) {
    issued.error().kind = ErrorKind::kCorrupt;
  }
  co_return issued;
}

Task<Result<IssuedCertificate>> AcmeAuthority::Collect(std::string url, SigningKey key,
                                                       MonoTime deadline) {
  KL_CO_TRY(OrderState order, co_await AwaitOrder(std::move(url), "valid", deadline));
  KL_CO_TRY(Posted posted, co_await Post(order.certificate, ""));
  IssuedCertificate out;
  out.chain_pem = std::move(posted.response.body);
  out.key_pem = key.Pem();
  KL_CO_TRY(out.validity, acme::ValidityOf(out.chain_pem));
  co_return out;
}

// One that is valid already (of an earlier order) needs no proof.
Task<Status> AcmeAuthority::Authorize(std::string url, MonoTime deadline) {
  KL_CO_TRY(Posted posted, co_await Post(url, ""));
  KL_CO_TRY(acme::Authorization found, acme::ParseAuthorization(posted.response.body));
  if (found.status == "valid") co_return Status();
  if (!found.http || found.http->token.empty()) {
    co_return Fail(ErrorKind::kDenied, "the certificate authority offers no http-01 challenge");
  }
  const acme::Challenge challenge = *found.http;
  KL_CO_RETURN_IF_ERROR(board_.Show(challenge.token, challenge.token + "." + key_.Thumbprint()));
  auto begun = co_await Post(challenge.url, "{}");
  Status done{};
  if (begun) {
    done = co_await AwaitAuthorization(std::move(url), deadline);
  } else {
    done = Fail(std::move(begun).error());
  }
  board_.Hide(challenge.token);
  co_return done;
}

Task<Status> AcmeAuthority::AwaitAuthorization(std::string url, MonoTime deadline) {
  for (;;) {
    KL_CO_TRY(Posted posted, co_await Post(url, ""));
    KL_CO_TRY(acme::Authorization found, acme::ParseAuthorization(posted.response.body));
    if (found.status == "valid") co_return Status();
    if (found.status != "pending" && found.status != "processing") {
      co_return Fail(ErrorKind::kDenied,
                     "the certificate authority did not find the proof: " +
                         (found.problem.empty() ? found.status : found.problem));
    }
    KL_CO_RETURN_IF_ERROR(co_await Pause(posted.response, deadline));
  }
}

// "ready" is passed by an order that is valid already.
Task<Result<OrderState>> AcmeAuthority::AwaitOrder(std::string url, std::string_view status,
                                                   MonoTime deadline) {
  for (;;) {
    KL_CO_TRY(Posted posted, co_await Post(url, ""));
    KL_CO_TRY(OrderState order, acme::ParseOrder(posted.response.body));
    if (order.status == status) co_return order;
    if (order.status == "invalid") {
      co_return Fail(ErrorKind::kDenied,
                     "the certificate authority refused the order: " + order.problem);
    }
    KL_CO_RETURN_IF_ERROR(co_await Pause(posted.response, deadline));
  }
}

Task<Status> AcmeAuthority::Pause(const net::Response& response, MonoTime deadline) {
  const Duration wait = acme::RetryAfter(response).value_or(options_.poll);
  if (loop_.Monotonic() + wait > deadline) {
    co_return Fail(ErrorKind::kUnavailable, "the certificate authority did not finish in time");
  }
  co_await Sleep(loop_, std::max(wait, options_.poll));
  co_return Status();
}

}  // namespace kl
