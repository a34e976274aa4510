#include "sim/chargebee/model/params.h"

#include <charconv>

namespace kl::chargebee_sim {
namespace {

// "a[b][0]" -> {"a", "b", "0"}
std::vector<std::string> SplitKey(std::string_view key) {
  std::vector<std::string> parts;
  std::size_t open = key.find('[');
  parts.emplace_back(key.substr(0, open));
  while (open != std::string_view::npos) {
    std::size_t close = key.find(']', open);
    if (close == std::string_view::npos) break;
    parts.emplace_back(key.substr(open + 1, close - open - 1));
    open = key.find('[', close);
  }
  return parts;
}

std::string Quoted(std::string_view text, std::size_t& at) {
  const char quote = text[at++];
  std::string out;
  while (at < text.size() && text[at] != quote) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at++];
  }
  ++at;
  return out;
}

std::string Bare(std::string_view text, std::size_t& at) {
  std::size_t end = text.find(',', at);
  if (end == std::string_view::npos) end = text.size();
  std::string_view word = text.substr(at, end - at);
  while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
  at = end;
  return std::string(word);
}

}  // namespace

Params::Params(Pairs pairs) {
  for (auto& [key, value] : pairs) values_[std::move(key)] = std::move(value);
}

const std::string* Params::Find(std::string_view key) const {
  auto it = values_.find(key);
  return it == values_.end() ? nullptr : &it->second;
}

std::string Params::Text(std::string_view key) const {
  const std::string* value = Find(key);
  return value ? *value : std::string();
}

std::optional<std::string> Params::OptionalText(std::string_view key) const {
  const std::string* value = Find(key);
  if (!value) return std::nullopt;
  return *value;
}

std::optional<std::int64_t> Params::Number(std::string_view key) const {
  const std::string* value = Find(key);
  return value ? ParseNumber(*value) : std::nullopt;
}

std::optional<bool> Params::Flag(std::string_view key) const {
  const std::string* value = Find(key);
  if (!value) return std::nullopt;
  return *value == "true" || *value == "1" || *value == "True";
}

std::vector<std::map<std::string, std::string>> Params::Rows(std::string_view group) const {
  std::map<std::int64_t, std::map<std::string, std::string>> rows;
  for (auto it = values_.lower_bound(group); it != values_.end(); ++it) {
    if (!it->first.starts_with(group)) break;
    auto parts = SplitKey(it->first);
    if (parts.size() != 3 || parts[0] != group) continue;
    if (auto last = ParseNumber(parts[2])) {
      rows[*last][parts[1]] = it->second;
    } else if (auto middle = ParseNumber(parts[1])) {
      rows[*middle][parts[2]] = it->second;
    }
  }
  std::vector<std::map<std::string, std::string>> out;
  for (auto& [index, row] : rows) out.push_back(std::move(row));
  return out;
}

std::map<std::string, std::string> Params::WithPrefix(std::string_view prefix) const {
  std::map<std::string, std::string> out;
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    std::string rest = it->first.substr(prefix.size());
    if (rest.ends_with(']')) rest.pop_back();
    out[rest] = it->second;
  }
  return out;
}

std::vector<std::string> ParseList(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {std::string(text)};
  text = text.substr(1, text.size() - 2);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
    } else if (text[at] == '"' || text[at] == '\'') {
      out.push_back(Quoted(text, at));
    } else {
      out.push_back(Bare(text, at));
    }
  }
  return out;
}

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace kl::chargebee_sim
