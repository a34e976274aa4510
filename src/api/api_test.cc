#include "api/api.h"

#include "api/api_fixture.h"

namespace kl::api {
namespace {

using ::testing::HasSubstr;

class ApiTest : public ApiFixture {};

TEST_F(ApiTest, OnlyOpenPathsAreAnsweredWithoutAToken) {
  for (const Api::Route& route : api_->routes()) {
    std::string path = route.path;
    if (const auto brace = path.find("{id}"); brace != std::string::npos)
      path.replace(brace, 4, "x");
    net::Request request{.method = route.method, .target = path};
    net::Response response = loop_.Run(api_->Handle(std::move(request)));
    EXPECT_EQ(response.status == 401, !route.open) << route.method << " " << path;
  }
}

TEST_F(ApiTest, WrongTokensAreRefused) {
  for (const char* token : {"", "wrong", "right-toke", "right-token ", "RIGHT-TOKEN"}) {
    net::Request request{.method = "GET", .target = "/api/v1/services"};
    request.headers.Set("X-Token", token);
    const Asked asked = Send(std::move(request));
    EXPECT_EQ(asked.status, 401) << token;
    EXPECT_EQ(asked.Text("kind"), "unauthenticated");
  }
}

TEST_F(ApiTest, BearerIsATokenToo) {
  net::Request request{.method = "GET", .target = "/api/v1/services"};
  request.headers.Set("Authorization", "Bearer right-token");
  EXPECT_EQ(Send(std::move(request)).status, 200);
  net::Request wrong{.method = "GET", .target = "/api/v1/services"};
  wrong.headers.Set("Authorization", "Bearer wrong");
  EXPECT_EQ(Send(std::move(wrong)).status, 401);
}

TEST_F(ApiTest, FinalSlashesMakeNoDifference) {
  for (const char* target : {"/api/v1/services", "/api/v1/services/", "/api/v1/services//?x=1"}) {
    EXPECT_EQ(Ask("GET", target).status, 200) << target;
  }
  ASSERT_EQ(Add("llama").status, 201);
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama/").status, 200);
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama/secrets/").status, 200);
}

TEST_F(ApiTest, UnknownPathsAre404) {
  for (const char* target : {"/", "/api", "/api/v1", "/api/v2/services", "/api/v1/services/a/b",
                             "/api/v1/servicesx", "/api/v1//services"}) {
    EXPECT_EQ(Ask("GET", target).status, 404) << target;
  }
}

TEST_F(ApiTest, OtherMethodsAre405AndSayWhichAreAllowed) {
  const Asked asked = Ask("PUT", "/api/v1/services/llama");
  EXPECT_EQ(asked.status, 405);
  EXPECT_EQ(asked.headers.Find("allow"), "GET, PATCH, DELETE");
  EXPECT_EQ(Ask("DELETE", "/api/v1/services").status, 405);
  EXPECT_EQ(Ask("GET", "/api/v1/billing/release").status, 405);
}

TEST_F(ApiTest, HealthAndReadinessArePlainText) {
  net::Request health{.method = "GET", .target = "/healthz"};
  EXPECT_EQ(Send(std::move(health)).text, "ok\n");
  net::Request ready{.method = "GET", .target = "/readyz"};
  EXPECT_EQ(Send(std::move(ready)).status, 200);
}

TEST_F(ApiTest, NotReadyWhileTheStoreDoesNotAnswer) {
  gate_.fails = 1;
  EXPECT_EQ(Ask("GET", "/readyz").status, 503);
  net::Request health{.method = "GET", .target = "/healthz"};
  EXPECT_EQ(Send(std::move(health)).status, 200);
}

TEST_F(ApiTest, StoreFailuresAre503EverywhereAndNeverALie) {
  ASSERT_EQ(Add("llama").status, 201);
  gate_.fails = 1;
  for (const char* target :
       {"/api/v1/services", "/api/v1/services/llama", "/api/v1/services/llama/secrets",
        "/api/v1/subscriptions", "/api/v1/events", "/api/v1/audit", "/api/v1/templates",
        "/api/v1/status", "/metrics"}) {
    EXPECT_EQ(Ask("GET", target).status, 503) << target;
  }
}

TEST_F(ApiTest, InfoNamesVersionAndSite) {
  const Asked asked = Ask("GET", "/api/v1/info");
  EXPECT_EQ(asked.Text("version"), "1.2.3");
  EXPECT_EQ(asked.Text("provider"), "fake");
  EXPECT_EQ(asked.Text("webhookPath"), "/fake-webhook");
  Make(false);
  EXPECT_EQ(Ask("GET", "/api/v1/info").Text("provider"), "");
}

TEST_F(ApiTest, StatusCountsWhatIsThere) {
  ASSERT_EQ(Add("llama").status, 201);
  const Asked asked = Ask("GET", "/api/v1/status");
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(*Document::Member(*Document::Member(asked.body, "services"), "all"),
            Value(std::int64_t{1}));
  Make(false);
  EXPECT_EQ(Ask("GET", "/api/v1/status").status, 200);
}

TEST_F(ApiTest, MetricsAreInTheTextFormat) {
  const Asked asked = Ask("GET", "/metrics");
  EXPECT_EQ(asked.status, 200);
  EXPECT_THAT(asked.text, HasSubstr("kuberlogic_services{state=\"ready\"} 0"));
  EXPECT_THAT(asked.text, HasSubstr("# TYPE kuberlogic_events_total counter"));
}

TEST_F(ApiTest, TemplatesAreListed) {
  const Asked asked = Ask("GET", "/api/v1/templates");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(*Document::Member(asked[0], "type"), Value("docker-compose"));
  EXPECT_EQ(*Document::Member(asked[0], "current"), Value(true));
}

}  // namespace
}  // namespace kl::api
