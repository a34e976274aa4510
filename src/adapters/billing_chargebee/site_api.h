// Plain calls of Chargebee's API v2 for checks and set-up by a person: no budget, no retries, and
// the answer as it came. What serves orders goes through Chargebee (chargebee.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/billing_chargebee/options.h"
#include "net/http.h"

namespace kl::chargebee {

using FormPairs = std::vector<std::pair<std::string, std::string>>;

struct SiteAnswer {
  int status = 0;
  std::string body;
  std::optional<WallTime> date;  // of the site's clock, by the Date header
  Duration took{0};

  bool ok() const { return status >= 200 && status < 300; }
};

// "https://example-test.chargebee.com/api/v2"
std::string ApiUrlOf(const Options& options);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); nothing for any other form.
std::optional<WallTime> ParseHttpDate(std::string_view text);

class SiteApi {
 public:
  SiteApi(net::IoLoop& loop, Options options);

  // Any status is an answer; kUnavailable when there is none.
  Task<Result<SiteAnswer>> Get(std::string path, FormPairs query);
  Task<Result<SiteAnswer>> Post(std::string path, FormPairs form);
  // The error of an answer that is not ok(), its kind as everywhere in this adapter.
  Error ErrorOf(const SiteAnswer& answer) const;

  const Options& options() const { return options_; }
  net::IoLoop& loop() { return loop_; }
  int calls() const { return calls_; }

 private:
  Task<Result<SiteAnswer>> Send(net::Request request);

  net::IoLoop& loop_;
  Options options_;
  std::string base_path_;
  std::unique_ptr<net::HttpClient> client_;
  int calls_ = 0;
};

}  // namespace kl::chargebee
