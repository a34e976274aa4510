#include "app/services/credentials.h"

#include <gmock/gmock.h>

#include "app/app_fixture.h"
#include "app/services/services.h"
#include "ports/testing/fake_exec.h"

namespace kl::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTemplate[] = R"(
x-kuberlogic-secrets:
  admin-token: "{{ GenerateKey 16 }}"
services:
  web:
    image: example/web:1
    ports: ["8080"]
    environment: {TOKEN: '{{ Secret "admin-token" }}'}
    x-kuberlogic-set-credentials-cmd: set-token {{ .admin_token }} {{ .user }}
  db:
    image: example/db:1
    x-kuberlogic-set-credentials-cmd: ["/bin/sh", "-c", "alter {{ .admin_token }}"]
)";

struct CredentialsTest : AppFixture {
  CredentialsTest() : AppFixture(kTemplate) {
    Service wish;
    wish.meta.name = "my-shop";
    wish.spec.type = "app";
    const auto added = loop.Run(verbs.Add(wish, Actor{}));
    EXPECT_TRUE(added) << testing::MessageOf(added);
    uid = ServiceUid(added->meta.uid);
    SecretStore::Entry entry;
    entry.values.emplace("admin-token", SecretString("old-token"));
    EXPECT_TRUE(loop.Run(secrets.Put(uid, entry)));
    AppSpec spec{.name = ServiceName("my-shop"), .uid = uid};
    for (const char* member : {"web", "db"}) spec.members.push_back({.name = member, .image = "a"});
    EXPECT_TRUE(loop.Run(engine.Apply(spec)));
    loop.RunFor(std::chrono::minutes(1));
  }

  Status Set(Credentials::Submitted values) {
    return loop.Run(credentials.Set("my-shop", std::move(values), Actor{.trace = "t1"}));
  }
  static Credentials::Submitted Both() {
    return {{"admin_token", SecretString("new-token")}, {"user", SecretString("jane; rm -rf /")}};
  }
  std::string Token() { return secrets.entries().at(uid).values.at("admin-token").Reveal(); }

  testing::FakeEngine engine{gate};
  testing::FakeExec exec{gate, engine};
  Services verbs{{loop, random, records, templates, history, settings}};
  Credentials credentials{{loop, records, templates, history, exec}};
  ServiceUid uid;
};

TEST_F(CredentialsTest, EveryCommandRunsWithTheValuesAsEnvironment) {
  ASSERT_TRUE(Set(Both()));
  ASSERT_EQ(exec.ran().size(), 2u);
  EXPECT_EQ(exec.ran()[0].member, "web");
  EXPECT_EQ(exec.ran()[1].member, "db");
  for (const InstanceCommand& command : exec.ran()) {
    EXPECT_EQ(command.environment.at("CREDENTIAL_admin_token").Reveal(), "new-token");
    EXPECT_EQ(command.environment.at("CREDENTIAL_user").Reveal(), "jane; rm -rf /");
    for (const std::string& word : command.arguments) {
      EXPECT_THAT(word, Not(HasSubstr("new-token")));
      EXPECT_THAT(word, Not(HasSubstr("rm -rf")));
    }
  }
}

TEST_F(CredentialsTest, ASecretOfThatNameIsReplacedAndTheServiceLookedAtAgain) {
  const std::uint64_t before = services.objects().at("my-shop").meta.version;
  ASSERT_TRUE(Set(Both()));
  EXPECT_EQ(Token(), "new-token");
  EXPECT_FALSE(secrets.entries().at(uid).values.contains("user"));
  EXPECT_GT(services.objects().at("my-shop").meta.version, before);
  EXPECT_EQ(services.objects().at("my-shop").spec.trace, "t1");
}

TEST_F(CredentialsTest, TheSameAgainRunsTheCommandsAndChangesNothing) {
  ASSERT_TRUE(Set(Both()));
  const std::uint64_t before = services.objects().at("my-shop").meta.version;
  ASSERT_TRUE(Set(Both()));
  EXPECT_EQ(exec.ran().size(), 4u);
  EXPECT_EQ(services.objects().at("my-shop").meta.version, before);
}

Task<void> SetInto(Credentials& credentials, Credentials::Submitted values,
                   std::vector<Status>& out) {
  std::string name = "my-shop";
  Actor actor;
  Status set = co_await credentials.Set(std::move(name), std::move(values), std::move(actor));
  out.push_back(std::move(set));
}

TEST_F(CredentialsTest, TwoAtOnceAreNotMixed) {
  gate.latency = Duration(50);
  std::vector<Status> ended;
  TaskScope scope(loop);
  for (int i = 0; i < 2; ++i) scope.Spawn(SetInto(credentials, Both(), ended));
  loop.RunFor(std::chrono::minutes(1));
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(testing::KindOf(ended[0]), ErrorKind::kConflict);
  EXPECT_TRUE(ended[1]);
  EXPECT_EQ(exec.ran().size(), 2u);
}

TEST_F(CredentialsTest, AFailedCommandKeepsTheOldSecretAndTellsNone) {
  exec.answer = [](const InstanceCommand&) {
    return CommandOutcome{.exit_code = 3,
                          .output = "was old-token\nrefused: 'new-token' is too short\x1b\n"};
  };
  const Status set = Set(Both());
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(
      set.error().message,
      "service my-shop: the command in web ended with 3: was *** refused: '***' is too short");
  EXPECT_EQ(exec.ran().size(), 1u);
  EXPECT_EQ(Token(), "old-token");
}

TEST_F(CredentialsTest, ValuesAreCheckedBeforeAnythingRuns) {
  const struct {
    Credentials::Submitted values;
    std::string field;
  } cases[] = {
      {{}, "admin_token"},
      {{{"admin_token", SecretString("x")}}, "user"},
      {{{"admin_token", SecretString("x")},
        {"user", SecretString("y")},
        {"tokn", SecretString("z")}},
       "tokn"},
      {{{"admin_token", SecretString("x")}, {"user", SecretString(std::string("a\0b", 3))}},
       "user"},
      {{{"admin_token", SecretString("x")}, {"user", SecretString(std::string(4097, 'a'))}},
       "user"},
      {{{"LD_PRELOAD=x;", SecretString("x")}}, "name"}};
  for (const auto& each : cases) {
    const Status set = Set(each.values);
    ASSERT_FALSE(set) << each.field;
    EXPECT_EQ(set.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(set.error().field, each.field) << set.error().message;
  }
  EXPECT_TRUE(exec.ran().empty());
}

TEST_F(CredentialsTest, WhatDoesNotRunIsAConflict) {
  ASSERT_TRUE(loop.Run(engine.Stop(ServiceName("my-shop"), uid)));
  EXPECT_EQ(testing::KindOf(Set(Both())), ErrorKind::kConflict);
  EXPECT_EQ(Token(), "old-token");
}

TEST_F(CredentialsTest, ATemplateWithoutACommandSaysSo) {
  Install("plain", kPlainTemplate);
  Service wish;
  wish.meta.name = "bare";
  wish.spec.type = "plain";
  ASSERT_TRUE(loop.Run(verbs.Add(wish, Actor{})));
  const Status set = loop.Run(credentials.Set("bare", Both(), Actor{}));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(set.error().field, "type");
  EXPECT_EQ(testing::KindOf(loop.Run(credentials.Set("nobody", Both(), Actor{}))),
            ErrorKind::kNotFound);
}

TEST_F(CredentialsTest, TheAuditNamesTheValuesAndHoldsNone) {
  ASSERT_TRUE(Set(Both()));
  const auto audit = Kept("audit");
  ASSERT_FALSE(audit.empty());
  EXPECT_EQ(audit.front().kind, "service credentials update");
  EXPECT_EQ(audit.front().body, "operator admin_token user");
}

}  // namespace
}  // namespace kl::app
