#include "api/webhook.h"

#include "api/api_fixture.h"

namespace kl::api {
namespace {

class Webhook : public ApiFixture {
 protected:
  Webhook() {
    BillingSubscription bought;
    bought.key.id = "Az1";
    provider_.Create(std::move(bought));
    body_ = kl::testing::FakeIntake::BodyOf(provider_.events().back());
  }
  net::Response Post(const std::string& target, const std::string& body) {
    net::Request request{.method = "POST", .target = target, .body = body};
    request.headers.Set("authorization", "fake");
    return Send(std::move(request));
  }
  net::Response Send(net::Request request) {
    return loop_.Run(AnswerWebhook(&intake_, std::move(request)));
  }

  std::string body_;
};

TEST_F(Webhook, AStoredEventIsAnswered200OnlyOnceItsHintIsKept) {
  EXPECT_EQ(Post("/fake-webhook", body_).status, 200);
  EXPECT_EQ(hints_.size(), 1u);
  EXPECT_EQ(Post("/fake-webhook/?secret=x", body_).status, 200);
  EXPECT_EQ(intake_.counters().stored, 2);
}

TEST_F(Webhook, WhatIsNoEventIs400AndKeepsNothing) {
  for (const char* body : {"", "{", "[]", "{\"id\":\"ev_never\"}"}) {
    EXPECT_EQ(Post("/fake-webhook", body).status, 400) << body;
  }
  EXPECT_EQ(hints_.size(), 0u);
  EXPECT_EQ(intake_.counters().malformed, 4);
}

TEST_F(Webhook, WrongCredentialsAre401WithAChallenge) {
  net::Request request{.method = "POST", .target = "/fake-webhook", .body = body_};
  net::Response response = Send(std::move(request));
  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(response.headers.Find("www-authenticate"));
  EXPECT_EQ(hints_.size(), 0u);
}

TEST_F(Webhook, OtherPathsAre404AndOtherMethods405) {
  for (const char* target : {"/", "/fake-webhook/x", "/other", "/FAKE-WEBHOOK"}) {
    EXPECT_EQ(Post(target, body_).status, 404) << target;
  }
  for (const char* method : {"GET", "PUT", "HEAD"}) {
    net::Request request{.method = method, .target = "/fake-webhook"};
    EXPECT_EQ(Send(std::move(request)).status, 405) << method;
  }
}

TEST_F(Webhook, WithoutBillingThereIsNoWebhook) {
  net::Request request{.method = "POST", .target = "/fake-webhook", .body = body_};
  EXPECT_EQ(loop_.Run(AnswerWebhook(nullptr, std::move(request))).status, 404);
}

TEST_F(Webhook, WhatCannotBeStoredIs503SoThatTheProviderRetries) {
  for (const std::string& store : {std::string("hints"), std::string("history")}) {
    gate_.hook = [this, store](std::string_view call, kl::testing::CallGate::Moment) {
      gate_.fails = call.starts_with(store) ? 1 : 0;
      return true;
    };
    EXPECT_EQ(Post("/fake-webhook", body_).status, 503) << store;
  }
  EXPECT_EQ(intake_.counters().not_stored, 2);
  gate_.hook = nullptr;
  gate_.fails = 0;
  EXPECT_EQ(Post("/fake-webhook", body_).status, 200);
}

}  // namespace
}  // namespace kl::api
