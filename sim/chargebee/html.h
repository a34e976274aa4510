// Small pieces of HTML that every page uses.
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"
#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

std::string Escape(std::string_view text);
// 900 USD -> "$9", 950 -> "$9.50"; other currencies follow the figure.
std::string Money(std::int64_t cents, std::string_view currency);
// A coloured word for a subscription's status.
std::string StatusBadge(const Subscription& subscription);
// The whole page; `section` marks the entry of the navigation, `body` is HTML.
struct PageText {
  std::string title;
  std::string section;
  std::string body;
  int refresh_seconds = 0;  // > 0: reloads itself
};
net::Response HtmlPage(std::string_view site_title, const PageText& page, int status = 200);
net::Response RedirectTo(std::string location);
// https://... or a bare host as a link target.
std::string AsUrl(std::string_view domain);

}  // namespace kl::chargebee_sim
