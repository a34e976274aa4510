#include "sim/chargebee/html.h"

#include <fmt/format.h>

namespace kl::chargebee_sim {
namespace {

std::string Navigation(std::string_view section) {
  struct Entry {
    const char *section, *path, *label;
  };
  static constexpr Entry kEntries[] = {{"store", "/", "Plans"},
                                       {"portal", "/portal", "My account"},
                                       {"outbox", "/outbox", "Outbox"},
                                       {"events", "/event-log", "Events"},
                                       {"console", "/console", "Console"}};
  std::string out;
  for (const auto& entry : kEntries) {
    out += fmt::format(R"(<a href="{}"{}>{}</a>)", entry.path,
                       section == entry.section ? " class=\"here\"" : "", entry.label);
  }
  return out;
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string Money(std::int64_t cents, std::string_view currency) {
  std::string figure = cents % 100 == 0 ? fmt::format("{}", cents / 100)
                                        : fmt::format("{}.{:02}", cents / 100, cents % 100);
  return currency == "USD" ? "$" + figure : figure + " " + std::string(currency);
}

std::string StatusBadge(const Subscription& s) {
  const std::string status =
      s.deleted
          ? "deleted"
          : (s.status_override.empty() ? std::string(StatusName(s.status)) : s.status_override);
  std::string words = status;
  for (char& c : words) c = c == '_' ? ' ' : c;
  return fmt::format(R"(<span class="badge {}">{}</span>)", Escape(status), Escape(words));
}

// Nothing is cached: the same address shows another state a moment later.
net::Response HtmlPage(std::string_view site_title, const PageText& page, int status) {
  const std::string refresh =
      page.refresh_seconds > 0
          ? fmt::format(R"(<meta http-equiv="refresh" content="{}">)", page.refresh_seconds)
          : "";
  std::string html = fmt::format(
      R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{0} · {1}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{2}
<link rel="stylesheet" href="/style.css"></head>
<body><header><a class="brand" href="/">{1}</a><nav>{3}</nav></header>
<main class="{4}">
{5}
</main>
<footer>A simulated billing provider. No money moves here.</footer>
</body></html>
)",
      Escape(page.title), Escape(site_title), refresh, Navigation(page.section), page.section,
      page.body);
  net::Response response = net::TextResponse(status, std::move(html), "text/html; charset=utf-8");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

net::Response RedirectTo(std::string location) {
  net::Response response = net::TextResponse(303, "");
  response.headers.Set("Location", std::move(location));
  return response;
}

std::string AsUrl(std::string_view domain) {
  return domain.find("://") == std::string_view::npos ? "https://" + std::string(domain)
                                                      : std::string(domain);
}

}  // namespace kl::chargebee_sim
