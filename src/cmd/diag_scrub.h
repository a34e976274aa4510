// What must not leave the machine, taken out of texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "cmd/config.h"
#include "domain/value.h"

namespace kl::cmd {

// Known secrets and e-mail addresses. Built once, used for every text of an archive.
class Scrubber {
 public:
  // The secrets of the configuration, the token file and the registry's credentials.
  explicit Scrubber(const Config& config);

  void Add(const std::string& secret);  // shorter ones than 6 characters would hit everything
  // Every secret becomes "***", an address "***@its.domain".
  std::string Text(std::string text) const;

 private:
  std::vector<SecretString> secrets_;  // longest first
};

// Of what the API showed: values of `advanced` are what a customer or an operator chose, which may
// be a password.
void MaskParameters(Value& value);

}  // namespace kl::cmd
