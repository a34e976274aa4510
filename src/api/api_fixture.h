// For tests: the API over the twins of the ports, on virtual time. Every answer is checked against
// the OpenAPI document.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api.h"
#include "api/document_fixture.h"
#include "api/webhook.h"
#include "ports/testing/fake_exec.h"
#include "ports/testing/fake_gateway.h"
#include "ports/testing/fake_machine.h"
#include "ports/testing/fake_provider.h"
#include "ports/testing/memory_hints.h"
#include "ports/testing/memory_history.h"
#include "ports/testing/memory_secret_store.h"
#include "ports/testing/memory_store.h"
#include "ports/testing/sim_loop.h"

namespace kl::api {

inline constexpr char kTestTemplate[] = R"(
x-kuberlogic-plans:
  starter: {limits: {cpu: 250m, memory: 64Mi, storage: 256Mi}}
x-kuberlogic-parameters:
  title: {type: string, default: "Tiny"}
  seats: {type: integer, default: 1}
services:
  web:
    image: localhost/tiny:1
    environment:
      TITLE: "{{ .Parameters.title }}"
    ports: ["8080:8080"]
    volumes: ["data:/data"]
volumes:
  data:
)";

class ApiFixture : public ::testing::Test {
 protected:
  ApiFixture() {
    auto installed = loop_.Run(templates_.Install("docker-compose", kTestTemplate));
    EXPECT_TRUE(installed) << installed.error().message;
    Make(true);
  }

  void Make(bool billing) {
    api_ = std::make_unique<Api>(
        Api::Deps{.loop = loop_,
                  .records = records_,
                  .hints = hints_,
                  .history = history_,
                  .console = engine_,
                  .verbs = verbs_,
                  .credentials = credentials_,
                  .explainer = billing ? explainer_ : explainer_without_billing_,
                  .subscriptions = billing ? &subscriptions_loop_ : nullptr,
                  .marks = billing ? &marks_ : nullptr,
                  .intake = billing ? &intake_ : nullptr,
                  .site = billing ? SubscriptionKey{provider_.Name(), provider_.SiteName(), ""}
                                  : SubscriptionKey{},
                  .token = SecretString("right-token"),
                  .version = "1.2.3",
                  .openapi = OpenApiJson()});
  }

  struct Asked {
    int status;
    Value body;  // null when empty or not JSON
    std::string text;
    net::Headers headers;
    // "message" of an error, "details[0].field".
    std::string field() const {
      const Value* details = Document::Member(body, "details");
      const auto* list = details ? std::get_if<ValueList>(&details->data) : nullptr;
      if (!list || list->empty()) return "";
      return *Document::Member((*list)[0], "field")->as_string();
    }
    std::string Text(const std::string& key) const {
      const Value* found = Document::Member(body, key);
      return found ? ToText(*found) : "";
    }
    std::size_t size() const { return std::get<ValueList>(body.data).size(); }
    const Value& operator[](std::size_t i) const { return std::get<ValueList>(body.data)[i]; }
  };

  net::Request Make(const std::string& method, const std::string& target,
                    const std::string& body = "") {
    net::Request request{.method = method, .target = target, .body = body};
    request.peer = "10.0.0.9:4711";
    request.headers.Set("X-Token", "right-token");
    return request;
  }
  Asked Send(net::Request request) {
    const std::string method = request.method;
    const std::string path(request.path());
    net::Response response = loop_.Run(api_->Handle(std::move(request)));
    Asked asked{response.status, {}, response.body, response.headers};
    const auto type = response.headers.Find("content-type");
    if (type && type->starts_with("application/json")) {
      auto body = ValueFromJson(response.body, 64);
      EXPECT_TRUE(body) << response.body;
      if (body) asked.body = std::move(*body);
      CheckAgainstDocument(method, path, asked);
    }
    return asked;
  }
  Asked Ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return Send(Make(method, target, body));
  }

  void CheckAgainstDocument(const std::string& method, std::string path, const Asked& asked) {
    std::string wrong;
    if (asked.status >= 400) {
      wrong =
          document_.Check(asked.body, document_.At({"components", "schemas", "Error"}), "error");
    } else {
      while (path.size() > 1 && path.ends_with('/')) path.pop_back();
      const Value* operation = FindOperation(method, path);
      ASSERT_TRUE(operation) << method << " " << path;
      const Value* schema = operation;
      for (const std::string& key :
           {std::string("responses"), std::to_string(asked.status), std::string("content"),
            std::string("application/json"), std::string("schema")}) {
        schema = schema ? Document::Member(*schema, key) : nullptr;
      }
      wrong = document_.Check(asked.body, schema, method + " " + path);
    }
    EXPECT_EQ(wrong, "") << asked.text;
  }

  const Value* FindOperation(const std::string& method, const std::string& path) {
    std::string lower = method;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    for (const auto& [pattern, item] : *document_.At({"paths"})->as_map()) {
      const auto brace = pattern.find("{id}");
      bool fits = pattern == path;
      if (brace != std::string::npos) {
        const std::string head = pattern.substr(0, brace), tail = pattern.substr(brace + 4);
        fits = path.size() > head.size() + tail.size() && path.starts_with(head) &&
               path.ends_with(tail) &&
               path.substr(head.size(), path.size() - head.size() - tail.size()).find('/') ==
                   std::string::npos;
      }
      const Value* found = fits ? Document::Member(item, lower) : nullptr;
      if (found) return found;
    }
    return nullptr;
  }

  Asked Add(const std::string& id, const std::string& more = "") {
    return Ask("POST", "/api/v1/services/",
               R"({"id":")" + id + R"(","type":"docker-compose")" + more + "}");
  }
  Service Kept(const std::string& id) { return services_.objects().at(id); }
  std::vector<HistoryRecord> Audit() {
    HistoryQuery query{.stream = "audit", .limit = 1000};
    return *loop_.Run(history_.Read(std::move(query)));
  }
  // A subscription's record, as the loop would have made it.
  std::string Subscribe(const std::string& id) {
    Subscription record;
    record.spec.key = {provider_.Name(), provider_.SiteName(), id};
    record.meta.name = NameOf(record.spec.key).str();
    const std::string name = record.meta.name;
    EXPECT_TRUE(loop_.Run(subscriptions_.PutSpec(std::move(record))));
    return name;
  }

  kl::testing::SimLoop loop_;
  kl::testing::CallGate gate_{loop_};
  SeededRandom random_{7};
  app::Settings settings_{.capacity = {.cpu_millis = 8000,
                                       .memory_bytes = std::int64_t{4} << 30,
                                       .storage_bytes = std::int64_t{40} << 30}};
  kl::testing::MemoryStore<Subscription> subscriptions_{gate_};
  kl::testing::MemoryStore<Service> services_{gate_};
  kl::testing::MemoryStore<NameClaim> names_{gate_};
  kl::testing::MemoryStore<TemplateVersion> versions_{gate_};
  kl::testing::MemoryStore<Site> sites_{gate_};
  kl::testing::MemorySecretStore secrets_{gate_};
  kl::testing::MemoryHints hints_{gate_};
  kl::testing::MemoryHistory history_{gate_};
  kl::testing::FakeEngine engine_{gate_};
  kl::testing::FakeGateway gateway_{gate_};
  kl::testing::FakeOutside outside_{gate_, gateway_, engine_};
  kl::testing::FakeProvider provider_{gate_};
  kl::testing::FakeIntake webhook_{provider_};
  app::Records records_{subscriptions_, services_, names_, versions_, sites_, secrets_};
  app::StoredTemplates templates_{versions_};
  app::Timeline timeline_{loop_, history_};
  app::SiteMarks marks_{sites_, provider_.Name(), provider_.SiteName()};
  app::IntakeService intake_{loop_, webhook_, hints_, history_};
  app::SubscriptionLoop subscriptions_loop_{{loop_, random_, records_, hints_, provider_, provider_,
                                             services_, templates_, marks_, timeline_, settings_}};
  app::ServiceLoop services_loop_{{loop_, random_, records_, services_, templates_, engine_,
                                   engine_, gateway_, outside_, timeline_, settings_}};
  app::Services verbs_{{loop_, random_, records_, templates_, history_, settings_}};
  kl::testing::FakeExec exec_{gate_, engine_};
  app::Credentials credentials_{{loop_, records_, templates_, history_, exec_}};
  kl::testing::FakeMachine machine_;
  app::Explainer explainer_{{loop_,
                             records_,
                             history_,
                             engine_,
                             &marks_,
                             &subscriptions_loop_,
                             nullptr,
                             &intake_,
                             services_loop_,
                             {},
                             nullptr,
                             &templates_,
                             &machine_}};
  app::Explainer explainer_without_billing_{
      {loop_, records_, history_, engine_, nullptr, nullptr, nullptr, nullptr, services_loop_}};
  Document document_;
  std::unique_ptr<Api> api_;
};

}  // namespace kl::api
