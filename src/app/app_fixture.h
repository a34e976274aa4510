// For tests of this folder: everything a use case is given, as twins of the ports on virtual time.
#pragma once

#include <gtest/gtest.h>

#include "app/records.h"
#include "app/settings.h"
#include "app/site_marks.h"
#include "app/templates.h"
#include "app/timeline.h"
#include "domain/naming.h"
#include "ports/testing/contract.h"
#include "ports/testing/fake_provider.h"
#include "ports/testing/memory_hints.h"
#include "ports/testing/memory_history.h"
#include "ports/testing/memory_secret_store.h"
#include "ports/testing/memory_store.h"
#include "ports/testing/sim_loop.h"

namespace kl::app {

// One container, no plans: every subscription is its own.
inline constexpr std::string_view kPlainTemplate = R"(
services:
  web:
    image: example/web:1
    ports: ["8080"]
)";

// Members are in the order in which they need each other; a test adds the use case behind them.
struct AppFixture : ::testing::Test {
  explicit AppFixture(std::string_view text = kPlainTemplate) { Install("app", text); }

  void Install(std::string type, std::string_view text) {
    const auto installed = loop.Run(templates.Install(std::move(type), std::string(text)));
    EXPECT_TRUE(installed) << testing::MessageOf(installed);
  }
  // The record a subscription of this site has before anything was read.
  Subscription RecordOf(const std::string& id) const {
    Subscription record;
    record.spec.key = {provider.Name(), provider.SiteName(), id};
    record.meta.name = NameOf(record.spec.key).str();
    return record;
  }
  Subscription Stored(const std::string& id) const {
    return subscriptions.objects().at(RecordOf(id).meta.name);
  }
  // A running subscription at the provider; `edit` changes it before it is bought.
  void Buy(const std::string& id, const testing::FakeProvider::Edit& edit = {}) {
    BillingSubscription bought;
    bought.key.id = id;
    bought.state = BillingState::kActive;
    bought.raw_status = "active";
    if (edit) edit(bought);
    provider.Create(std::move(bought));
  }
  std::vector<PendingHint> Waiting() { return loop.Run(hints.Pending("", 1000)).value(); }
  // Newest first.
  std::vector<HistoryRecord> Kept(const std::string& stream) {
    return loop.Run(history.Read({.stream = stream, .limit = 1000})).value();
  }

  testing::SimLoop loop;
  testing::CallGate gate{loop};
  testing::MemoryStore<Subscription> subscriptions{gate};
  testing::MemoryStore<Service> services{gate};
  testing::MemoryStore<NameClaim> names{gate};
  testing::MemoryStore<TemplateVersion> versions{gate};
  testing::MemoryStore<Site> sites{gate};
  testing::MemorySecretStore secrets{gate};
  testing::MemoryHints hints{gate};
  testing::MemoryHistory history{gate};
  testing::FakeProvider provider{gate};
  testing::FakeIntake webhook{provider};
  SeededRandom random{7};
  Settings settings;
  Records records{subscriptions, services, names, versions, sites, secrets};
  StoredTemplates templates{versions};
  Timeline timeline{loop, history};
  SiteMarks marks{sites, provider.Name(), provider.SiteName()};
};

}  // namespace kl::app
