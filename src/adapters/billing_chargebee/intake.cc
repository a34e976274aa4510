#include "adapters/billing_chargebee/intake.h"

#include <strings.h>

#include "adapters/billing_chargebee/wire.h"
#include "base/hash.h"

namespace kl::chargebee {

ChargebeeIntake::ChargebeeIntake(const Options& options) : site_(options.site) {
  if (options.webhook_user.empty()) return;
  expected_ = SecretString("Basic " +
                           Base64(options.webhook_user + ":" + options.webhook_password.Reveal()));
}

Status ChargebeeIntake::Verify(const HeaderList& headers, std::string_view,
                               std::string_view) const {
  if (expected_.empty()) return {};
  for (const auto& [name, value] : headers) {
    if (strcasecmp(name.c_str(), "authorization") != 0) continue;
    if (ConstantTimeEqual(value, expected_.Reveal())) return {};
    return Fail(
        ErrorKind::kUnauthenticated,
        "webhook user or password is wrong: compare the webhook's basic authentication at the "
        "provider with chargebee_webhook_user and chargebee_webhook_password");
  }
  return Fail(ErrorKind::kUnauthenticated,
              "webhook carries no basic authentication: enable it for the webhook at the provider");
}

Result<ParsedEvent> ChargebeeIntake::Parse(std::string_view body) const {
  return ParseEvent(body, site_);
}

}  // namespace kl::chargebee
