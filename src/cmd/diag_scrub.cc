#include "cmd/diag_scrub.h"

#include <algorithm>
#include <cctype>

#include "resources/value_json.h"

namespace kl::cmd {
namespace {

constexpr std::size_t kShortest = 6;
constexpr char kMask[] = "***";

void Trim(std::string& text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
}

void AddStrings(const Value& value, Scrubber& scrubber) {
  if (const std::string* text = value.as_string()) scrubber.Add(*text);
  if (const ValueMap* map = value.as_map())
    for (const auto& [key, item] : *map) AddStrings(item, scrubber);
  if (const auto* list = std::get_if<ValueList>(&value.data))
    for (const Value& item : *list) AddStrings(item, scrubber);
}

bool IsLocalPart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._%+-'").contains(c);
}
bool IsHostPart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
}

// Whatever stands before an "@" that a host with a dot follows.
std::string WithoutAddresses(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '@') {
      std::size_t end = i + 1;
      while (end < text.size() && IsHostPart(text[end])) ++end;
      const std::size_t dot = text.find('.', i + 1);
      std::size_t begin = out.size();
      while (begin > 0 && IsLocalPart(out[begin - 1])) --begin;
      if (begin < out.size() && dot > i + 1 && dot < end - 1) out.replace(begin, out.npos, kMask);
    }
    out += text[i];
  }
  return out;
}

}  // namespace

Scrubber::Scrubber(const Config& config) {
  for (const SecretString& each :
       {config.token, config.chargebee_key, config.chargebee_webhook_password,
        config.docker_registry_password})
    Add(each.Reveal());
  if (auto token = ReadFile(config.data_dir + "/token")) Add(*token);
  if (config.docker_registry_auth.empty()) return;
  auto registry = ReadFile(config.docker_registry_auth);
  if (!registry) return;
  if (auto login = ValueFromJson(*registry)) AddStrings(*login, *this);
}

void Scrubber::Add(const std::string& secret) {
  std::string text = secret;
  Trim(text);
  if (text.size() < kShortest) return;
  secrets_.emplace_back(std::move(text));
  std::ranges::sort(secrets_, std::ranges::greater{},
                    [](const SecretString& each) { return each.Reveal().size(); });
}

std::string Scrubber::Text(std::string text) const {
  for (const SecretString& secret : secrets_) {
    const std::string& known = secret.Reveal();
    for (auto at = text.find(known); at != text.npos; at = text.find(known, at))
      text.replace(at, known.size(), kMask);
  }
  return WithoutAddresses(text);
}

void MaskParameters(Value& value) {
  if (auto* list = std::get_if<ValueList>(&value.data)) {
    for (Value& item : *list) MaskParameters(item);
  } else if (auto* map = std::get_if<ValueMap>(&value.data)) {
    for (auto& [key, item] : *map) {
      auto* parameters = std::get_if<ValueMap>(&item.data);
      if (key == "advanced" && parameters) {
        for (auto& [name, parameter] : *parameters) parameter = kMask;
      } else {
        MaskParameters(item);
      }
    }
  }
}

}  // namespace kl::cmd
