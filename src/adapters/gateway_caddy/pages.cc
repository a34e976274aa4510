#include "adapters/gateway_caddy/pages.h"

#include <string_view>

namespace kl::gateway {
namespace {

struct Text {
  std::string_view title;
  std::string_view line;
};

Text TextOf(Page page) {
  switch (page) {
    case Page::kStarting:
      return {"Almost there",
              "Your application is starting. This page opens it as soon as it is ready."};
    case Page::kUnreachable:
      return {"Just a moment",
              "The application is not answering right now. This page keeps trying by itself."};
    case Page::kStopped:
      return {
          "This application is resting",
          "It is switched off at the moment. Its data is kept, and it comes back as it was when "
          "it is switched on again."};
    case Page::kUnknown:
      return {"There is nothing here",
              "No application has this address. Please check it for a typing mistake."};
    case Page::kFailed:
      return {"That did not work", "The request could not be handled. Please try it again."};
  }
  return {};
}

// No scripts, fonts or images, so that the strictest content policy fits. Light and dark follow the
// visitor's setting, and nothing moves for those who asked for less motion.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1f2733; --soft: #5b6676; --back: #f5f6f8; --card: #fff;
  --line: #e3e6eb; --mark: #3b6fd8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a3adbb; --back: #14181f;
  --card: #1c222b; --line: #2c3440; --mark: #7da5f5; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--back); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { width: 100%; max-width: 30rem; padding: 2.5rem 2.25rem; text-align: center;
  background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
h1 { margin: 0 0 .6rem; font-size: 1.5rem; line-height: 1.3; font-weight: 600; }
p { margin: 0; color: var(--soft); text-wrap: balance; }
.mark { width: 2.5rem; height: 2.5rem; margin: 0 auto 1.5rem; border-radius: 50%;
  border: 4px solid var(--line); }
.busy { border-top-color: var(--mark); animation: turn 1.1s linear infinite; }
.rest { border-color: var(--mark); opacity: .55; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .busy { animation: none; } }
)";

}  // namespace

int PageRetrySeconds(Page page) {
  switch (page) {
    case Page::kStarting: return 2;
    case Page::kUnreachable: return 3;
    case Page::kStopped:
    case Page::kUnknown:
    case Page::kFailed: return 0;
  }
  return 0;
}

std::string PageHtml(Page page) {
  const Text text = TextOf(page);
  const int retry = PageRetrySeconds(page);
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta name=\"robots\" content=\"noindex\">\n";
  if (retry > 0) {
    html += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(retry) + "\">\n";
  }
  html += "<title>" + std::string(text.title) + "</title>\n<style>" + std::string(kStyle);
  html += "</style>\n</head>\n<body>\n<main>\n<div class=\"mark ";
  html += retry > 0 ? "busy" : "rest";
  html += "\" aria-hidden=\"true\"></div>\n<h1>" + std::string(text.title) + "</h1>\n";
  html += "<p role=\"status\">" + std::string(text.line) + "</p>\n</main>\n</body>\n</html>\n";
  return html;
}

}  // namespace kl::gateway
