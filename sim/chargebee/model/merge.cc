#include "sim/chargebee/model/merge.h"

namespace kl::chargebee_sim {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string Merge(std::string_view text, const std::map<std::string, std::string>& values) {
  const auto value = [&](std::string_view name) {
    const auto it = values.find(std::string(name));
    return it == values.end() ? std::string() : it->second;
  };
  std::string out;
  while (!text.empty()) {
    const auto open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open + 2);
    const auto close = text.find("}}");
    std::string_view name = Trimmed(text.substr(0, close));
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 2);
    if (!name.starts_with('#') && !name.starts_with('^')) {
      out += value(name);
      continue;
    }
    const bool wants_value = name.front() == '#';
    name = Trimmed(name.substr(1));
    const std::string mark = "{{/" + std::string(name) + "}}";
    const auto end = text.find(mark);
    if (value(name).empty() != wants_value) out += Merge(text.substr(0, end), values);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + mark.size());
  }
  return out;
}

}  // namespace kl::chargebee_sim
