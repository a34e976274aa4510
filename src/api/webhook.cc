#include "api/webhook.h"

#include "api/status_code.h"

namespace kl::api {

Task<net::Response> AnswerWebhook(app::IntakeService* intake, net::Request request) {
  std::string_view path = request.path();
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (!intake || path != intake->Path()) co_return net::TextResponse(404, "no webhook here\n");
  if (request.method != "POST") co_return net::TextResponse(405, "a webhook is POSTed\n");
  Status received =
      co_await intake->Receive(request.headers.items(), request.target, std::move(request.body));
  if (received) co_return net::TextResponse(200, "stored\n");
  const Error& error = received.error();
  // What cannot be an event today can be none tomorrow: 400 tells it from a failure of ours.
  const int status = error.kind == ErrorKind::kInvalid ? 400 : HttpStatus(error.kind);
  net::Response response = net::TextResponse(status, error.message + "\n");
  if (status == 401) response.headers.Set("WWW-Authenticate", "Basic realm=\"webhook\"");
  co_return response;
}

}  // namespace kl::api
