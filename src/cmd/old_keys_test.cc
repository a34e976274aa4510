#include "cmd/old_keys.h"

#include <gtest/gtest.h>

#include "cmd/config.h"

namespace kl::cmd {
namespace {

TEST(OldKeysTest, WhatHasAnotherNameIsTakenOver) {
  EXPECT_EQ((*ReadOldKey("use_letsencrypt", "true"))->key, "tls");
  EXPECT_EQ((*ReadOldKey("use_letsencrypt", "true"))->text, "acme");
  EXPECT_EQ((*ReadOldKey("use_letsencrypt", "false"))->key, "");
  EXPECT_EQ((*ReadOldKey("admin_email", "a@b.c"))->key, "acme_email");
  EXPECT_EQ((*ReadOldKey("admin_email", "a@b.c"))->text, "a@b.c");
}

TEST(OldKeysTest, WhatWasMeantToDoSomethingAndDoesNotIsSaid) {
  for (const char* name : {"backups_enabled", "backups_snapshots_enabled", "report_errors"}) {
    EXPECT_NE((*ReadOldKey(name, "true"))->note, "") << name;
    EXPECT_EQ((*ReadOldKey(name, "false"))->note, "") << name;
  }
  for (const char* name : {"ingress_class", "storage_class", "sentry_dsn"}) {
    EXPECT_NE((*ReadOldKey(name, "x"))->note, "") << name;
    EXPECT_EQ((*ReadOldKey(name, ""))->note, "") << name;
  }
  EXPECT_EQ((*ReadOldKey("deployment_id", "x"))->note, "");
  EXPECT_EQ((*ReadOldKey("use_docker_registry", "true"))->note, "");
}

TEST(OldKeysTest, WhatThereIsNotIsRefused) {
  EXPECT_TRUE(*ReadOldKey("billing_provider", "chargebee"));
  EXPECT_TRUE(*ReadOldKey("billing_provider", ""));
  EXPECT_FALSE(*ReadOldKey("billing_provider", "stripe"));
  EXPECT_FALSE(*ReadOldKey("backups_enabled", "perhaps"));
  EXPECT_FALSE(ReadOldKey("backups_enable", "true"));
}

TEST(OldKeysTest, NoneIsAKeyOfToday) {
  for (const std::string_view name : OldKeys()) {
    EXPECT_TRUE(ReadOldKey(name, ""));
    for (const ConfigKey& key : ConfigKeys()) EXPECT_NE(key.name, name);
  }
}

}  // namespace
}  // namespace kl::cmd
