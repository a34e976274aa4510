// POST of a webhook -> an HTTP answer. 200 only when the hint is durable.
#pragma once

#include "app/intake/intake.h"
#include "net/http.h"

namespace kl::api {

// 200 stored, 400 not an event, 401, 404 other path, 405, 503 could not be stored: the provider
// retries. `intake` null: the integration is disabled, 404.
Task<net::Response> AnswerWebhook(app::IntakeService* intake, net::Request request);

}  // namespace kl::api
