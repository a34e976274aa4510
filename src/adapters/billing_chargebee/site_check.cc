#include "adapters/billing_chargebee/site_check.h"

namespace kl::chargebee {
namespace {

constexpr Duration kSkewMax = std::chrono::seconds(60);
constexpr int kPagesMax = 100;  // of one list, 100 entries each
constexpr char kKeyRemedy[] =
    "make a full-access key at Settings > Configure Chargebee > API Keys and Webhooks, and set "
    "chargebee_key";

std::string Seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

Task<std::vector<Finding>> SiteCheck::Run() {
  const bool reached = co_await Reach();
  if (!reached) {
    Say("everything else", Verdict::kSkipped, "not looked at: the site does not answer us");
    co_return std::move(findings_);
  }
  if (has_items_)
    co_await ReadCatalogue();
  else
    Say("plans", Verdict::kSkipped, "not looked at: the site has no items");
  co_await TryToWrite();
  co_await FindField();
  co_await FindWebhook();
  TellOfMail();
  co_await TryPortal();
  TellOfRate();
  co_return std::move(findings_);
}

void SiteCheck::Say(std::string item, Verdict verdict, std::string detail, std::string remedy) {
  findings_.push_back({std::move(item), verdict, std::move(detail), std::move(remedy)});
}

void SiteCheck::SayRefused(const std::string& item, const Error& error, const std::string& remedy) {
  if (error.kind == ErrorKind::kRateLimited) {
    rate_limited_ = true;
    Say(item, Verdict::kSkipped, "not seen: " + error.message);
  } else if (error.kind == ErrorKind::kDenied) {
    Say(item, Verdict::kBad, "the key lacks the scope: " + error.message, kKeyRemedy);
  } else {
    Say(item, Verdict::kBad, error.message, remedy);
  }
}

Task<bool> SiteCheck::Reach() {
  const std::string where = api_.options().site + " at " + ApiUrlOf(api_.options());
  auto answer = co_await api_.Get("/configurations", {});
  if (!answer) {
    Say("site", Verdict::kBad, where + " cannot be reached: " + answer.error().message,
        "check chargebee_site, name resolution and outgoing HTTPS of this machine");
    co_return false;
  }
  const Error error = answer->ok() ? Error{} : api_.ErrorOf(*answer);
  if (error.kind == ErrorKind::kNotFound &&
      answer->body.find("site_not_found") != std::string::npos) {
    Say("site", Verdict::kBad, where + ": there is no such site",
        "chargebee_site is the first word of the console's address, as in example-test");
    co_return false;
  }
  if (!answer->ok() && error.kind == ErrorKind::kUnavailable) {
    Say("site", Verdict::kBad, where + " does not answer as the API does: " + error.message,
        "try again; check chargebee_api_url when it is set");
    co_return false;
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(answer->took).count();
  Say("site", Verdict::kGood, where + " answers in " + std::to_string(took) + " ms");
  if (error.kind == ErrorKind::kUnauthenticated) {
    Say("key", Verdict::kBad, "the site refuses it: " + error.message,
        "keys belong to one site, and test and live sites differ: " + std::string(kKeyRemedy));
    co_return false;
  }
  CompareClock(*answer);
  rate_limited_ = error.kind == ErrorKind::kRateLimited;
  const std::string version = answer->ok() ? ParseCatalogVersion(answer->body) : "";
  has_items_ = version != "v1";
  if (!has_items_)
    Say("product catalog", Verdict::kBad, "the site has Product Catalog 1.0",
        "use a site with Product Catalog 2.0: new sites have it, old ones are migrated by the "
        "provider's support");
  else if (version == "v2")
    Say("product catalog", Verdict::kGood, "2.0");
  else
    Say("product catalog", Verdict::kHint, "the site does not say its version",
        "it must be 2.0: items and item prices instead of plans and addons");
  co_return true;
}

void SiteCheck::CompareClock(const SiteAnswer& answer) {
  if (!answer.date) {
    Say("clock", Verdict::kHint, "the site does not tell its time",
        "keep the clock of this machine right (timedatectl)");
    return;
  }
  // The header has whole seconds and is as old as the answer took.
  const Duration skew = api_.loop().Now() - *answer.date;
  const Duration size = skew < Duration(0) ? -skew : skew;
  if (size <= kSkewMax + answer.took) {
    Say("clock", Verdict::kGood, "within " + Seconds(kSkewMax) + " of the site's");
    return;
  }
  Say("clock", Verdict::kBad,
      "this machine is " + Seconds(size) + (skew > Duration(0) ? " ahead of" : " behind") +
          " the site",
      "timedatectl set-ntp true; events are looked for by time");
}

Task<Result<std::vector<Attributes>>> SiteCheck::Page(std::string path, std::string name,
                                                      FormPairs query) {
  auto answer = co_await api_.Get(path, std::move(query));
  if (!answer) co_return std::unexpected(answer.error());
  if (!answer->ok()) co_return std::unexpected(api_.ErrorOf(*answer));
  auto page = ParsePage(answer->body, name);
  if (!page) co_return Fail(ErrorKind::kUnavailable, path + ": " + page.error().message);
  if (!page->next_offset.empty()) page->items.push_back({{"next_offset", page->next_offset}});
  co_return std::move(page->items);
}

Task<Result<std::vector<Attributes>>> SiteCheck::All(std::string path, std::string name,
                                                     FormPairs query) {
  std::vector<Attributes> all;
  std::string offset;
  query.emplace_back("limit", "100");
  int pages = 0;
  do {
    if (++pages > kPagesMax)
      co_return Fail(ErrorKind::kUnavailable, path + ": the list does not end");
    FormPairs pairs = query;
    if (!offset.empty()) pairs.emplace_back("offset", offset);
    auto page = co_await Page(path, name, std::move(pairs));
    if (!page) co_return std::unexpected(page.error());
    offset.clear();
    for (Attributes& item : *page) {
      if (item.size() == 1 && item.contains("next_offset"))
        offset = At(item, "next_offset");
      else
        all.push_back(std::move(item));
    }
  } while (!offset.empty());
  co_return all;
}

Task<void> SiteCheck::ReadCatalogue() {
  auto prices = co_await All("/item_prices", "item_price", {});
  if (!prices) {
    SayRefused("plans", prices.error(), "the site must sell by items and item prices");
    co_return;
  }
  for (const Attributes& price : *prices) {
    const std::string type = At(price, "item_type"), status = At(price, "status");
    if ((type.empty() || type == "plan") && (status.empty() || status == "active"))
      catalogue_.plans.push_back({At(price, "id"), At(price, "item_id")});
  }
  for (Finding& each : ComparePlans(catalogue_, expected_.catalogue))
    findings_.push_back(std::move(each));
  auto features = co_await All("/features", "feature", {});
  if (!features) {
    SayRefused("features", features.error(), "the key must be able to read features");
    co_return;
  }
  for (const Attributes& feature : *features) {
    const std::string status = At(feature, "status");
    catalogue_.features.push_back({At(feature, "id"), status.empty() || status == "active"});
  }
  auto entitled = co_await All("/entitlements", "entitlement", {});
  if (!entitled) {
    SayRefused("features", entitled.error(), "the key must be able to read entitlements");
    co_return;
  }
  for (const Attributes& each : *entitled) {
    catalogue_.entitlements.push_back(
        {At(each, "entity_id"), At(each, "feature_id"), At(each, "value")});
  }
  for (Finding& each : CompareFeatures(catalogue_, expected_.catalogue))
    findings_.push_back(std::move(each));
}

// Nobody has this id, so nothing is written: a key without the right is refused before anything is
// looked up.
Task<void> SiteCheck::TryToWrite() {
  const std::string path = std::string("/subscriptions/") + kNobody + "/update_for_items";
  auto answer = co_await api_.Post(path, {});
  if (!answer) {
    Say("key", Verdict::kSkipped, "not tried: " + answer.error().message);
    co_return;
  }
  const Error error = answer->ok() ? Error{} : api_.ErrorOf(*answer);
  key_writes_ = error.kind != ErrorKind::kDenied && error.kind != ErrorKind::kUnauthenticated;
  if (!key_writes_)
    Say("key", Verdict::kBad, "valid, but it may not write subscriptions: " + error.message,
        kKeyRemedy);
  else if (error.kind == ErrorKind::kRateLimited || error.kind == ErrorKind::kUnavailable)
    SayRefused("key", error, "try again");
  else
    Say("key", Verdict::kGood, "valid, and it may write subscriptions");
}

Task<void> SiteCheck::FindField() {
  const std::string& field = api_.options().domain_field;
  FormPairs query{{"limit", "100"}, {"sort_by[desc]", "created_at"}};
  auto newest = co_await Page("/subscriptions", "subscription", std::move(query));
  if (!newest) {
    SayRefused("custom field", newest.error(), "the key must be able to read subscriptions");
    co_return;
  }
  for (const Attributes& subscription : *newest) {
    if (some_customer_.empty()) some_customer_ = At(subscription, "customer_id");
    if (!subscription.contains(field)) continue;
    Say("custom field", Verdict::kGood, field + " is on subscription " + At(subscription, "id"));
    co_return;
  }
  if (!key_writes_) {
    Say("custom field", Verdict::kSkipped, "not tried: the key may not write");
    co_return;
  }
  const bool told = co_await ProbeField();
  if (told) co_return;
  Say("custom field", Verdict::kHint,
      field + ": no subscription carries it yet, and it cannot be tried without a plan",
      "create a plan first; `kuberlogic billing check --order PLAN` proves it");
}

// A checkout link with the field set, for a plan on sale. Whether anything was said.
Task<bool> SiteCheck::ProbeField() {
  const std::string& field = api_.options().domain_field;
  if (catalogue_.plans.empty()) co_return false;
  FormPairs form{{"subscription_items[item_price_id][0]", catalogue_.plans.front().id},
                 {"subscription[" + field + "]", "https://check.example.com"}};
  auto answer = co_await api_.Post("/hosted_pages/checkout_new_for_items", std::move(form));
  if (!answer) co_return false;
  if (answer->ok()) {
    Say("custom field", Verdict::kGood, field + " is accepted for new subscriptions");
    co_return true;
  }
  const Error error = api_.ErrorOf(*answer);
  if (error.field == "domain") {
    Say("custom field", Verdict::kBad, "subscriptions have no field " + field,
        "Settings > Configure Chargebee > Custom Fields > Subscription: a single-line text whose "
        "API name is " +
            field + " (label Domain), not shown at checkout");
    co_return true;
  }
  if (error.kind != ErrorKind::kDenied && error.kind != ErrorKind::kRateLimited) {
    Say("custom field", Verdict::kHint, field + " could not be tried: " + error.message,
        "`kuberlogic billing check --order PLAN` proves it");
    co_return true;
  }
  SayRefused("custom field", error, "");
  co_return true;
}

}  // namespace kl::chargebee
