#include "api/api_fixture.h"

namespace kl::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServiceRoutes : public ApiFixture {
 protected:
  Asked Patch(const std::string& body) { return Ask("PATCH", "/api/v1/services/llama", body); }
  std::vector<std::string> Listed(const std::string& query) {
    std::vector<std::string> out;
    const Asked asked = Ask("GET", "/api/v1/services" + query);
    EXPECT_EQ(asked.status, 200);
    for (std::size_t i = 0; i < asked.size(); ++i)
      out.push_back(*Document::Member(asked[i], "id")->as_string());
    return out;
  }
};
using Names = std::vector<std::string>;

TEST_F(ServiceRoutes, AddedServiceIsRecordedAndShown) {
  const Asked asked =
      Add("llama", R"(,"limits":{"cpu":"500m","storage":"1Gi"},"subscription":"Az1",)"
                   R"("advanced":{"title":"Mine"},"insecure":true,"replicas":1)");
  ASSERT_EQ(asked.status, 201) << asked.text;
  EXPECT_EQ(asked.Text("domain"), "llama.apps.localhost");
  EXPECT_EQ(asked.Text("subscription"), "Az1");
  const Service kept = Kept("llama");
  EXPECT_EQ(kept.spec.subscription, "fake/main/Az1");
  EXPECT_EQ(kept.spec.limits.cpu->text(), "500m");
  EXPECT_EQ(kept.spec.advanced.at("title"), Value("Mine"));
  EXPECT_TRUE(kept.spec.insecure);
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama").Text("uid"), kept.meta.uid);
}

TEST_F(ServiceRoutes, WhatIsTakenIsAConflict) {
  ASSERT_EQ(Add("llama", R"(,"subscription":"Az1")").status, 201);
  EXPECT_EQ(Add("llama").status, 409);
  const Asked second = Add("alpaca", R"(,"subscription":"Az1")");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.field(), "subscription");
}

TEST_F(ServiceRoutes, WrongBodiesAre422WithTheField) {
  const std::pair<const char*, const char*> table[] = {
      {"", "body"},
      {"{", "body"},
      {"[]", "body"},
      {"null", "body"},
      {R"({"type":"docker-compose"})", "id"},
      {R"({"id":"","type":"docker-compose"})", "id"},
      {R"({"id":7,"type":"docker-compose"})", "id"},
      {R"({"id":"llama"})", "type"},
      {R"({"id":"llama","type":"docker-compose","colour":"red"})", "colour"},
      {R"({"id":"llama","type":"docker-compose","version":3})", "version"},
      {R"({"id":"llama","type":"docker-compose","insecure":"yes"})", "insecure"},
      {R"({"id":"llama","type":"docker-compose","use_letsencrypt":1})", "use_letsencrypt"},
      {R"({"id":"llama","type":"docker-compose","replicas":"1"})", "replicas"},
      {R"({"id":"llama","type":"docker-compose","replicas":1.5})", "replicas"},
      {R"({"id":"llama","type":"docker-compose","replicas":3})", "replicas"},
      {R"({"id":"llama","type":"docker-compose","limits":"big"})", "limits"},
      {R"({"id":"llama","type":"docker-compose","limits":{"cpu":"much"}})", "limits.cpu"},
      {R"({"id":"llama","type":"docker-compose","limits":{"memory":true}})", "limits.memory"},
      {R"({"id":"llama","type":"docker-compose","limits":{"disk":"1Gi"}})", "limits.disk"},
      {R"({"id":"llama","type":"docker-compose","advanced":[]})", "advanced"},
      {R"({"id":"llama","type":"docker-compose","advanced":{"seats":"many"}})", "advanced.seats"},
      {R"({"id":"llama","type":"docker-compose","domain":["a"]})", "domain"},
      {R"({"id":"llama","type":"docker-compose","domain":"not a host"})", "domain"},
      {R"({"id":"llama","type":"docker-compose","paused":true})", "paused"},
      {R"({"id":"llama","type":"docker-compose","templateDigest":"x"})", "templateDigest"},
      {R"({"id":"Not_A_Name","type":"docker-compose"})", "id"},
      {R"({"id":"api","type":"docker-compose"})", "id"},
      {R"({"id":"llama","type":"unheard-of"})", "type"}};
  for (const auto& [body, field] : table) {
    const Asked asked = Ask("POST", "/api/v1/services", body);
    ASSERT_EQ(asked.status, 422) << body << " " << asked.text;
    EXPECT_EQ(asked.field(), field) << body << " " << asked.text;
    EXPECT_EQ(asked.Text("kind"), "invalid") << body;
  }
  EXPECT_TRUE(services_.objects().empty());
  EXPECT_TRUE(names_.objects().empty());
}

TEST_F(ServiceRoutes, DeepBodiesAreRefused) {
  std::string body = R"({"id":"llama","type":"docker-compose","advanced":)";
  for (int i = 0; i < 200; ++i) body += R"({"a":)";
  body += "1" + std::string(201, '}');
  EXPECT_EQ(Ask("POST", "/api/v1/services", body).status, 422);
}

TEST_F(ServiceRoutes, LimitsMayBeWholeNumbersAndNullMeansUnset) {
  ASSERT_EQ(Add("llama", R"(,"limits":{"cpu":2,"memory":null,"storage":""},"domain":null)").status,
            201);
  EXPECT_EQ(Kept("llama").spec.limits.cpu->text(), "2");
  EXPECT_FALSE(Kept("llama").spec.limits.memory);
  EXPECT_FALSE(Kept("llama").spec.limits.storage);
}

TEST_F(ServiceRoutes, PatchTouchesOnlyNamedFields) {
  ASSERT_EQ(Add("llama", R"(,"limits":{"cpu":"500m","storage":"1Gi"},"version":"2",)"
                         R"("advanced":{"title":"Mine"})")
                .status,
            201);
  const Service::Spec before = Kept("llama").spec;
  ASSERT_EQ(Patch(R"({"limits":{"cpu":"1"}})").status, 200);
  Service::Spec after = Kept("llama").spec;
  EXPECT_EQ(after.limits.cpu->text(), "1");
  EXPECT_EQ(after.limits.storage, before.limits.storage);
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.advanced, before.advanced);
  EXPECT_EQ(after.domain, before.domain);
  EXPECT_EQ(after.template_digest, before.template_digest);

  ASSERT_EQ(Patch(R"({"version":""})").status, 200);
  EXPECT_FALSE(Kept("llama").spec.version);
  ASSERT_EQ(Patch(R"({"advanced":{"title":null}})").status, 200);
  EXPECT_TRUE(Kept("llama").spec.advanced.empty());
}

TEST_F(ServiceRoutes, EmptyPatchChangesAndWritesNothing) {
  ASSERT_EQ(Add("llama").status, 201);
  const std::uint64_t writes = services_.writes();
  EXPECT_EQ(Patch("{}").status, 200);
  EXPECT_EQ(services_.writes(), writes);
}

TEST_F(ServiceRoutes, OldClientsSendIdAndTypeWithEveryPatch) {
  ASSERT_EQ(Add("llama", R"(,"subscription":"Az1")").status, 201);
  EXPECT_EQ(Patch(R"({"id":"llama","type":"docker-compose","insecure":true})").status, 200);
  EXPECT_TRUE(Kept("llama").spec.insecure);
  EXPECT_EQ(Patch(R"({"id":"llama","type":"docker-compose","subscription":"Az1",)"
                  R"("status":"Running","created_at":"2020-01-01T00:00:00Z","endpoint":"x"})")
                .status,
            200);
  EXPECT_EQ(Patch(R"({"id":"alpaca"})").field(), "id");
  EXPECT_EQ(Patch(R"({"type":"other"})").field(), "type");
  EXPECT_EQ(Patch(R"({"subscription":"Az2"})").field(), "subscription");
  EXPECT_EQ(Kept("llama").spec.subscription, "fake/main/Az1");
}

TEST_F(ServiceRoutes, StorageDoesNotShrink) {
  ASSERT_EQ(Add("llama", R"(,"limits":{"storage":"2Gi"})").status, 201);
  const Asked asked = Patch(R"({"limits":{"storage":"1Gi"}})");
  EXPECT_EQ(asked.status, 422);
  EXPECT_EQ(asked.field(), "limits.storage");
}

TEST_F(ServiceRoutes, PausingIsAnOperatorsSuspension) {
  ASSERT_EQ(Add("llama").status, 201);
  ASSERT_EQ(Patch(R"({"paused":true})").status, 200);
  ASSERT_EQ(Kept("llama").spec.suspensions.size(), 1u);
  EXPECT_EQ(Kept("llama").spec.suspensions[0].reason, SuspensionReason::kOperator);
  ASSERT_EQ(Patch(R"({"paused":true})").status, 200);
  EXPECT_EQ(Kept("llama").spec.suspensions.size(), 1u);
  ASSERT_EQ(Patch(R"({"paused":false})").status, 200);
  EXPECT_TRUE(Kept("llama").spec.suspensions.empty());
}

TEST_F(ServiceRoutes, UnknownServicesAre404) {
  for (const char* path : {"", "/secrets", "/logs", "/explain"}) {
    EXPECT_EQ(Ask("GET", std::string("/api/v1/services/nobody") + path).status, 404) << path;
  }
  EXPECT_EQ(Ask("PATCH", "/api/v1/services/nobody", "{}").status, 404);
  EXPECT_EQ(Ask("DELETE", "/api/v1/services/nobody").status, 404);
}

TEST_F(ServiceRoutes, DeleteAsksForRemovalAndAnswersNothing) {
  ASSERT_EQ(Add("llama").status, 201);
  const Asked asked = Ask("DELETE", "/api/v1/services/llama");
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.text, "");
  EXPECT_TRUE(Kept("llama").spec.deleting);
  EXPECT_EQ(Ask("DELETE", "/api/v1/services/llama").status, 200);
}

TEST_F(ServiceRoutes, ListsAreBareArraysWithFilters) {
  EXPECT_EQ(Ask("GET", "/api/v1/services").text, "[]");
  ASSERT_EQ(Add("llama", R"(,"subscription":"Az1")").status, 201);
  ASSERT_EQ(Add("alpaca").status, 201);
  EXPECT_EQ(Listed(""), (Names{"alpaca", "llama"}));
  EXPECT_EQ(Listed("?SubscriptionID=Az1"), Names{"llama"});
  EXPECT_EQ(Listed("?subscription_id=Az1"), Names{"llama"});
  EXPECT_EQ(Listed("?SubscriptionID=az1"), Names{});
  EXPECT_EQ(Listed("?type=docker-compose"), (Names{"alpaca", "llama"}));
  EXPECT_EQ(Listed("?type=other"), Names{});
  EXPECT_EQ(Listed("?status=Unknown"), (Names{"alpaca", "llama"}));
}

TEST_F(ServiceRoutes, PagesAreLinkedToTheirEnd) {
  for (const char* id : {"aa", "bb", "cc", "dd", "ee"}) ASSERT_EQ(Add(id).status, 201);
  Names all;
  std::string target = "/api/v1/services/?limit=2";
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const Asked asked = Ask("GET", target);
    for (std::size_t i = 0; i < asked.size(); ++i)
      all.push_back(*Document::Member(asked[i], "id")->as_string());
    const auto link = asked.headers.Find("link");
    target = link ? std::string(link->substr(1, link->find('>') - 1)) : "";
  }
  EXPECT_EQ(all, (Names{"aa", "bb", "cc", "dd", "ee"}));
}

TEST_F(ServiceRoutes, WrongNumbersInAQueryAre422) {
  ASSERT_EQ(Add("llama").status, 201);
  for (const char* target :
       {"/api/v1/services?limit=0", "/api/v1/services?limit=1001", "/api/v1/services?limit=x",
        "/api/v1/audit?limit=-1", "/api/v1/events?limit=many", "/api/v1/subscriptions?limit=1e3"}) {
    const Asked asked = Ask("GET", target);
    EXPECT_EQ(asked.status, 422) << target;
    EXPECT_EQ(asked.field(), "limit") << target;
  }
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama/logs?tail=0").field(), "tail");
}

TEST_F(ServiceRoutes, SecretsAreShownOnlyWhereTheyAreAskedForAndThatIsAudited) {
  ASSERT_EQ(Add("llama").status, 201);
  SecretStore::Entry entry;
  entry.values["token"] = SecretString("s3cret");
  ASSERT_TRUE(loop_.Run(secrets_.Put(ServiceUid(Kept("llama").meta.uid), std::move(entry))));

  const Asked asked = Ask("GET", "/api/v1/services/llama/secrets");
  EXPECT_EQ(asked.text, R"([{"id":"token","value":"s3cret"}])");
  const std::vector<HistoryRecord> audit = Audit();
  ASSERT_FALSE(audit.empty());
  EXPECT_EQ(audit[0].kind, "service secrets");
  EXPECT_EQ(audit[0].subject, "llama");
  EXPECT_THAT(audit[0].body, HasSubstr("10.0.0.9"));

  for (const char* target : {"/api/v1/services", "/api/v1/services/llama", "/api/v1/audit",
                             "/api/v1/services/llama/explain", "/api/v1/status"}) {
    EXPECT_THAT(Ask("GET", target).text, Not(HasSubstr("s3cret"))) << target;
  }
}

TEST_F(ServiceRoutes, WithoutAnAuditRecordNoSecretIsShown) {
  ASSERT_EQ(Add("llama").status, 201);
  gate_.hook = [this](std::string_view call, kl::testing::CallGate::Moment) {
    gate_.fails = call.starts_with("history") ? 1 : 0;
    return true;
  };
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama/secrets").status, 503);
}

TEST_F(ServiceRoutes, EveryVerbIsInTheAudit) {
  Add("llama");
  Patch(R"({"insecure":true})");
  Ask("DELETE", "/api/v1/services/llama");
  std::vector<std::string> kinds;
  for (const HistoryRecord& record : Audit()) kinds.push_back(record.kind);
  EXPECT_EQ(kinds, (Names{"service delete", "service edit", "service add"}));
  const Asked asked = Ask("GET", "/api/v1/audit?subject=llama&limit=2");
  ASSERT_EQ(asked.size(), 2u);
  const std::string before = *Document::Member(asked[1], "cursor")->as_string();
  EXPECT_EQ(Ask("GET", "/api/v1/audit?offset=" + before).size(), 1u);
}

TEST_F(ServiceRoutes, LogsAreByContainerOrOneAsText) {
  ASSERT_EQ(Add("llama").status, 201);
  AppSpec spec;
  spec.name = ServiceName("llama");
  spec.uid = ServiceUid(Kept("llama").meta.uid);
  spec.members.push_back({.name = "web", .image = "x"});
  ASSERT_TRUE(loop_.Run(engine_.Apply(std::move(spec))));

  Asked asked = Ask("GET", "/api/v1/services/llama/logs?ContainerName=web");
  EXPECT_EQ(asked.text, R"([{"containerName":"web","logs":"web: started\nweb: ready\n"}])");
  asked = Ask("GET", "/api/v1/services/llama/logs?ContainerName=web&tail=1");
  EXPECT_EQ(asked.text, R"([{"containerName":"web","logs":"web: ready\n"}])");
  EXPECT_EQ(Ask("GET", "/api/v1/services/llama/logs?ContainerName=nobody").status, 404);

  net::Response stream = loop_.Run(
      api_->Handle(Make("GET", "/api/v1/services/llama/logs?ContainerName=web&follow=true")));
  ASSERT_TRUE(stream.stream);
  EXPECT_EQ(*loop_.Run(stream.stream->Read()), "web: started\n");
}

TEST_F(ServiceRoutes, ExplainHasTheOldProductsKeys) {
  ASSERT_EQ(Add("llama").status, 201);
  const Asked asked = Ask("GET", "/api/v1/services/llama/explain");
  ASSERT_EQ(asked.status, 200) << asked.text;
  for (const char* key : {"pvc", "pod", "ingress", "service", "summary", "reason"})
    EXPECT_TRUE(Document::Member(asked.body, key)) << key;
  EXPECT_EQ(Ask("GET", "/api/v1/explain/llama").status, 200);
  EXPECT_EQ(Ask("GET", "/api/v1/explain/nobody").status, 404);
}

constexpr char kSetter[] = R"(
x-kuberlogic-secrets:
  token: "{{ GenerateKey 16 }}"
services:
  web:
    image: localhost/tiny:1
    ports: ["8080:8080"]
    x-kuberlogic-set-credentials-cmd: set {{ .token }}
)";

TEST_F(ServiceRoutes, CredentialsAreSetByTheTemplatesCommandAndNothingIsAnswered) {
  ASSERT_TRUE(loop_.Run(templates_.Install("docker-compose", kSetter)));
  ASSERT_EQ(Add("llama").status, 201);
  AppSpec spec{.name = ServiceName("llama"), .uid = ServiceUid(Kept("llama").meta.uid)};
  spec.members.push_back({.name = "web", .image = "localhost/tiny:1"});
  ASSERT_TRUE(loop_.Run(engine_.Apply(spec)));
  loop_.RunFor(std::chrono::minutes(1));
  const Asked set = Ask("POST", "/api/v1/services/llama/credentials/", R"({"token":"canary-1"})");
  EXPECT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set.text, "");
  ASSERT_EQ(exec_.ran().size(), 1u);
  EXPECT_EQ(exec_.ran()[0].environment.at("CREDENTIAL_token").Reveal(), "canary-1");
  for (const HistoryRecord& record : Audit()) EXPECT_THAT(record.body, Not(HasSubstr("canary-1")));
}

TEST_F(ServiceRoutes, WrongCredentialsAreRefusedWithoutQuotingThem) {
  ASSERT_TRUE(loop_.Run(templates_.Install("docker-compose", kSetter)));
  ASSERT_EQ(Add("llama").status, 201);
  const std::pair<const char*, const char*> table[] = {{R"({"tokn":"canary-1"})", "tokn"},
                                                       {R"({"token":{"a":"canary-1"}})", "token"},
                                                       {R"({"token":"canary-1)", "body"},
                                                       {R"(["canary-1"])", "body"}};
  for (const auto& [body, field] : table) {
    const Asked asked = Ask("POST", "/api/v1/services/llama/credentials", body);
    EXPECT_EQ(asked.status, 422) << body;
    EXPECT_EQ(asked.field(), field) << body;
    EXPECT_THAT(asked.text, Not(HasSubstr("canary-1")));
  }
  EXPECT_EQ(Ask("POST", "/api/v1/services/nobody/credentials", R"({"token":"x"})").status, 404);
  EXPECT_TRUE(exec_.ran().empty());
}

}  // namespace
}  // namespace kl::api
