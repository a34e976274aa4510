// Looks at a Chargebee site as a vendor set it up and says, item by item, what is there and what is
// still to be done. Reads, and three calls that change nothing anyone sees: a write to a
// subscription that does not exist (does the key permit writing?), a checkout link nobody opens
// (does the custom field exist? the official clients know no call that lists them) and a portal
// link nobody opens.
#pragma once

#include <string>
#include <vector>

#include "adapters/billing_chargebee/site_api.h"
#include "adapters/billing_chargebee/site_wire.h"
#include "domain/catalogue.h"

namespace kl::chargebee {

struct SiteExpectation {
  Expectation catalogue;
  std::string webhook_url;  // where this installation hears webhooks from outside
};

class SiteCheck {
 public:
  // `api` outlives the check.
  SiteCheck(SiteApi& api, SiteExpectation expected) : api_(api), expected_(std::move(expected)) {}

  // Never fails: what went wrong is a finding. Once, at most some fifteen calls.
  Task<std::vector<Finding>> Run();

 private:
  static constexpr char kNobody[] = "kuberlogic-check-no-such-id";

  // What the first answer tells of site, key and clock; false when nothing more can be asked.
  Task<bool> Reach();
  void CompareClock(const SiteAnswer& answer);
  Task<void> ReadCatalogue();
  Task<void> TryToWrite();
  Task<void> FindField();
  Task<bool> ProbeField();
  Task<void> FindWebhook();
  void JudgeWebhook(const Attributes& endpoint);
  Task<void> JudgeDeliveries(std::string endpoint_id);
  Task<void> TryPortal();
  void TellOfMail();
  void TellOfRate();

  // All pages of a list; `name` is the resource inside its entries.
  Task<Result<std::vector<Attributes>>> All(std::string path, std::string name, FormPairs query);
  Task<Result<std::vector<Attributes>>> Page(std::string path, std::string name, FormPairs query);
  void Say(std::string item, Verdict verdict, std::string detail, std::string remedy = {});
  // A call that was refused where it should not be.
  void SayRefused(const std::string& item, const Error& error, const std::string& remedy);

  SiteApi& api_;
  SiteExpectation expected_;
  std::vector<Finding> findings_;
  Catalogue catalogue_;
  bool rate_limited_ = false;
  bool key_writes_ = true;
  bool has_items_ = true;      // not a site of Product Catalog 1.0
  std::string some_customer_;  // of the newest subscription
};

}  // namespace kl::chargebee
