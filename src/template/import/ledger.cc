#include "template/import/ledger.h"

#include <algorithm>

#include "template/import/looks_secret.h"

namespace kl::importer {
namespace {

// "DB_PASSWORD" becomes "db-password".
std::string NameOf(std::string_view variable) {
  std::string out;
  for (const std::string& word : WordsOf(variable)) (out += out.empty() ? "" : "-") += word;
  return out.substr(0, 60);
}

// A parameter's name: letters, digits and '_'.
std::string ParameterName(std::string_view variable) {
  std::string out;
  for (char c : variable) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += word ? c : '_';
  }
  return out.substr(0, 60);
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

int Ledger::Add(std::string_view variable, std::string_view value) {
  for (std::size_t i = 0; i < secrets_.size(); ++i) {
    if (secrets_[i].value != value || value.empty()) continue;
    secrets_[i].foreign = secrets_[i].foreign && IsForeignCredential(variable, value);
    return static_cast<int>(i);
  }
  KnownSecret secret{NameOf(variable), std::string(value), std::string(variable),
                     IsForeignCredential(variable, value)};
  const std::string name = secret.name.empty() ? "secret" : secret.name;
  secret.name = name;
  for (int n = 2; std::ranges::find(secrets_, secret.name, &KnownSecret::name) != secrets_.end();
       ++n)
    secret.name = name + "-" + std::to_string(n);
  secrets_.push_back(std::move(secret));
  return static_cast<int>(secrets_.size()) - 1;
}

int Ledger::AddUnknown(std::string_view variable) {
  for (std::size_t i = 0; i < secrets_.size(); ++i)
    if (secrets_[i].value.empty() && secrets_[i].variable == variable) return static_cast<int>(i);
  return Add(variable, "");
}

void Ledger::AddParameter(std::string_view name, bool required) {
  parameters_[std::string(name)] |= required;
}

bool Ledger::IsDistinct(const KnownSecret& secret) const {
  return !IsCommonWord(secret.value) && !open_.contains(secret.value);
}

// The longest first: one secret may contain another.
std::string Ledger::MarkSecrets(std::string_view text) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < secrets_.size(); ++i)
    if (IsDistinct(secrets_[i])) order.push_back(i);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return secrets_[a].value.size() > secrets_[b].value.size();
  });
  std::string out(text);
  for (std::size_t i : order) {
    out = MapLiterals(out, [&](std::string_view literal) {
      std::string changed(literal);
      ReplaceAll(changed, secrets_[i].value, SecretToken(static_cast<int>(i)));
      return changed;
    });
  }
  return out;
}

std::string Ledger::Unmask(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find('\x01');
    out += text.substr(0, begin);
    if (begin == text.npos) break;
    const std::size_t end = text.find('\x02', begin);
    if (text[begin + 1] == 's')
      out += secrets_[std::stoul(std::string(text.substr(begin + 2, end - begin - 2)))].value;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string Ledger::Expression(int number) const {
  const KnownSecret& secret = secrets_[static_cast<std::size_t>(number)];
  if (secret.foreign) return "{{ .Parameters." + ParameterName(secret.variable) + " }}";
  return "{{ Secret \"" + secret.name + "\" }}";
}

std::string Ledger::TokenExpression(std::string_view token) const {
  switch (token[0]) {
    case 's': return Expression(std::stoi(std::string(token.substr(1))));
    case 'p': return "{{ .Parameters." + ParameterName(token.substr(1)) + " }}";
    case 'e': return "{{ Endpoint \"" + local_ + "\" }}";
    default: return "{{ .Host }}";
  }
}

std::string Ledger::Finish(std::string_view text, bool in_services) {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find('\x01');
    std::string literal(text.substr(0, begin));
    const bool joins = begin != text.npos && literal.ends_with('{');
    if (joins) literal.pop_back();
    if (in_services) {
      ReplaceAll(literal, "$", "$$");
      ReplaceAll(literal, "{{", "{{ \"{{\" }}");
    }
    out += literal;
    // A brace in front of an expression would become a part of it.
    if (joins) out += "{{ \"{\" }}";
    if (begin == text.npos) break;
    const std::size_t end = text.find('\x02', begin);
    const std::string_view token = text.substr(begin + 1, end - begin - 1);
    if (token[0] == 's') {
      KnownSecret& secret = secrets_[std::stoul(std::string(token.substr(1)))];
      secret.used = true;
      if (secret.foreign) AddParameter(ParameterName(secret.variable), true);
    }
    if (token[0] == 'p') AddParameter(ParameterName(token.substr(1)), false);
    out += TokenExpression(token);
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace kl::importer
