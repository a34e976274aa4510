#include "domain/host.h"

#include <algorithm>

namespace kl {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool StripSuffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

}  // namespace

std::string BareHost(std::string_view value) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = value.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  value = value.substr(begin, value.find_last_not_of(kBlank) - begin + 1);

  // A path keeps its case: only scheme and host are the same in any.
  std::string text(value);
  const auto scheme = text.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  const auto host_end = std::min(text.find('/', host), text.size());
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(host_end), text.begin(),
                 Lower);
  if (text.starts_with("https://") || text.starts_with("http://")) text.erase(0, host);

  StripSuffix(text, "/");
  if (!StripSuffix(text, ":443")) StripSuffix(text, ":80");
  StripSuffix(text, ".");
  return text;
}

}  // namespace kl
