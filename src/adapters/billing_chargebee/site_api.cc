#include "adapters/billing_chargebee/site_api.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "adapters/billing_chargebee/wire.h"
#include "base/hash.h"

namespace kl::chargebee {

std::string ApiUrlOf(const Options& options) {
  if (options.api_url.empty()) return "https://" + options.site + ".chargebee.com/api/v2";
  std::string url = options.api_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  std::array<char, 4> name{};
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, name.data(), &year,
                  &hour, &minute, &second) != 6)
    return std::nullopt;
  const auto month = std::ranges::find(kMonths, std::string_view(name.data()));
  if (month == kMonths.end()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(unsigned(month - kMonths.begin()) + 1),
                                         std::chrono::day(unsigned(day))};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                  std::chrono::minutes(minute) + std::chrono::seconds(second));
}

SiteApi::SiteApi(net::IoLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {
  std::string base = ApiUrlOf(options_);
  const auto scheme = base.find("://");
  const auto slash = base.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (slash != std::string::npos) {
    base_path_ = base.substr(slash);
    base.resize(slash);
  }
  client_ = net::HttpClient::Make(loop, {.base = base, .connections_max = 2});
}

Task<Result<SiteAnswer>> SiteApi::Get(std::string path, FormPairs query) {
  net::Request request{.method = "GET", .target = base_path_ + path};
  if (!query.empty()) request.target += "?" + net::EncodeForm(query);
  co_return co_await Send(std::move(request));
}

Task<Result<SiteAnswer>> SiteApi::Post(std::string path, FormPairs form) {
  net::Request request{.method = "POST", .target = base_path_ + path};
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request.body = net::EncodeForm(form);
  co_return co_await Send(std::move(request));
}

Task<Result<SiteAnswer>> SiteApi::Send(net::Request request) {
  request.headers.Set("Authorization", "Basic " + Base64(options_.api_key.Reveal() + ":"));
  request.headers.Set("Accept", "application/json");
  ++calls_;
  const MonoTime begin = loop_.Monotonic();
  auto response = co_await client_->Send(std::move(request), options_.timeout);
  if (!response) co_return std::unexpected(response.error());
  SiteAnswer answer;
  answer.status = response->status;
  answer.body = std::move(response->body);
  answer.took = loop_.Monotonic() - begin;
  if (auto date = response->headers.Find("Date")) answer.date = ParseHttpDate(*date);
  co_return answer;
}

Error SiteApi::ErrorOf(const SiteAnswer& answer) const {
  return ParseError(answer.status, answer.body, options_.domain_field);
}

}  // namespace kl::chargebee
