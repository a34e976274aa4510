// Mails the provider would have sent.
#include <fmt/format.h>

#include "sim/chargebee/model/calendar.h"
#include "sim/chargebee/pages.h"

namespace kl::chargebee_sim {
namespace {

std::string Linked(std::string text, const std::string& link) {
  const std::string shown = Escape(link);
  const std::size_t at = link.empty() ? std::string::npos : text.find(shown);
  if (at == std::string::npos) return text;
  return text.replace(at, shown.size(), fmt::format(R"(<a href="{0}">{0}</a>)", shown));
}

std::string Paragraphs(const Mail& mail) {
  std::string out = "<p>";
  for (char c : Linked(Escape(mail.text), mail.link)) {
    if (c == '\n') {
      out += "<br>";
    } else {
      out += c;
    }
  }
  out += "</p>";
  if (mail.link.empty()) return out;
  return out + fmt::format(R"(<p><a class="button" href="{}">Open your application</a></p>)",
                           Escape(mail.link));
}

std::string Envelope(const Mail& mail) {
  return fmt::format(
      R"(<article class="card mail" id="{}"><header><h2>{}</h2>
<span>to {}</span><time>{} UTC</time></header>
{}</article>)",
      Escape(mail.id), Escape(mail.subject), Escape(mail.to), FormatTime(mail.sent_at),
      Paragraphs(mail));
}

net::Response Outbox(const PageCall& call) {
  const auto& mails = call.site.outbox();
  constexpr std::size_t kShown = 100;
  std::string cards;
  std::size_t count = 0;
  for (auto it = mails.rbegin(); it != mails.rend() && count < kShown; ++it, ++count) {
    cards += Envelope(*it);
  }
  const bool off = !call.site.options().mail_enabled;
  if (cards.empty()) {
    cards = off ? "<p class=\"waiting\">The mail is switched off on this site.</p>"
                : "<p class=\"waiting\">Nothing was sent yet.</p>";
  }
  const std::string body =
      fmt::format("<h1>Outbox</h1><p class=\"about\">{} mail{} so far, newest first</p>{}",
                  mails.size(), mails.size() == 1 ? "" : "s", cards);
  return HtmlPage(call.site.catalog().title, {"Outbox", "outbox", body});
}

}  // namespace

void AddOutboxPages(PageRouter& r) { r.Add("GET", "outbox", Outbox); }

}  // namespace kl::chargebee_sim
