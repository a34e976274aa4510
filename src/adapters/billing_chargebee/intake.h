// Chargebee's webhook: basic authentication, no signature.
#pragma once

#include "adapters/billing_chargebee/options.h"
#include "ports/billing.h"

namespace kl::chargebee {

class ChargebeeIntake : public Intake {
 public:
  explicit ChargebeeIntake(const Options& options);
  std::string Path() const override { return "/chargebee-webhook"; }
  Status Verify(const HeaderList& headers, std::string_view target,
                std::string_view body) const override;
  Result<ParsedEvent> Parse(std::string_view body) const override;

 private:
  std::string site_;
  SecretString expected_;  // the whole Authorization value; empty: anyone may post
};

}  // namespace kl::chargebee
