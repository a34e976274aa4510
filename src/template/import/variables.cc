#include "template/import/variables.h"

#include <algorithm>

#include "template/import/looks_secret.h"

namespace kl::importer {
namespace {

constexpr int kDepthMax = 8;  // of variables in variables: a cycle ends here

bool StartsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool ContinuesName(char c) { return StartsName(c) || (c >= '0' && c <= '9'); }

std::string_view NameAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  if (at < text.size() && StartsName(text[at]))
    while (end < text.size() && ContinuesName(text[end])) ++end;
  return text.substr(at, end - at);
}

// Behind the '}' that closes the "${" whose content begins at `at`.
std::size_t CloseBrace(std::string_view text, std::size_t at) {
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '{' && at > 0 && text[at - 1] == '$') ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
  }
  return text.npos;
}

}  // namespace

std::string Variables::Resolve(std::string_view text, std::vector<VariableUse>& uses,
                               int depth) const {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$' || depth > kDepthMax) {
      out += text[at++];
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == '$') {
      out += '$';
      at += 2;
      continue;
    }
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    const std::string_view name = NameAt(text, at + (braces ? 2 : 1));
    const std::size_t end = braces ? CloseBrace(text, at + 2) : at + 1 + name.size();
    if (name.empty() || end == text.npos) {
      out += text[at++];
      continue;
    }
    std::string_view rest;
    if (braces) rest = text.substr(at + 2 + name.size(), end - 1 - (at + 2 + name.size()));
    const std::size_t size = rest.starts_with(':') ? 2 : rest.empty() ? 0 : 1;
    out += Refer(name, rest.substr(0, size), rest.substr(std::min(size, rest.size())), uses, depth);
    at = end;
  }
  return out;
}

std::string Variables::Value(std::string_view name, std::vector<VariableUse>& uses) const {
  return Refer(name, "", "", uses, 0);
}

std::string Variables::ValueOf(const Variable& variable, std::vector<VariableUse>& uses,
                               int depth) const {
  if (variable.literal) return variable.value;
  std::vector<VariableUse> inner;
  std::string value = Resolve(variable.value, inner, depth);
  const bool guessed = std::ranges::any_of(
      inner, [](const VariableUse& use) { return use.from == VariableUse::From::kNothing; });
  if (guessed && LooksSecret(variable.name, variable.value)) return variable.value;
  uses.insert(uses.end(), inner.begin(), inner.end());
  return value;
}

// A secret in the file was entered into the ledger before anything is resolved, by its value.
std::string Variables::FromFile(const Variable& variable, std::vector<VariableUse>& uses,
                                int depth) const {
  std::vector<VariableUse> inner;
  std::string value = ValueOf(variable, inner, depth + 1);
  const bool secret = LooksSecret(variable.name, ledger_.Unmask(value));
  if (secret && value.find('\x01') == value.npos)
    value = Ledger::SecretToken(ledger_.Add(variable.name, value));
  uses.push_back({variable.name, secret ? VariableUse::From::kSecret : VariableUse::From::kFile,
                  variable.line});
  return value;
}

std::string Variables::Refer(std::string_view name, std::string_view operation,
                             std::string_view argument, std::vector<VariableUse>& uses,
                             int depth) const {
  const Variable* variable = file_.Find(name);
  const bool empty_counts = operation.starts_with(':');
  const char kind = operation.empty() ? ' ' : operation.back();
  const bool given = variable && !(empty_counts && variable->value.empty());
  if (kind == '+') {
    uses.push_back({std::string(name), VariableUse::From::kDefault});
    return given ? Resolve(argument, uses, depth + 1) : "";
  }
  if (given) return FromFile(*variable, uses, depth);
  if (kind == '-') {
    std::vector<VariableUse> inner;
    std::string fallback = Resolve(argument, inner, depth + 1);
    if (LooksSecret(name, fallback) && fallback.find('\x01') == fallback.npos) {
      uses.push_back({std::string(name), VariableUse::From::kSecret});
      return Ledger::SecretToken(ledger_.Add(name, fallback));
    }
    uses.push_back({std::string(name), VariableUse::From::kDefault});
    uses.insert(uses.end(), inner.begin(), inner.end());
    return fallback;
  }
  if (IsSecretName(name)) {
    uses.push_back({std::string(name), VariableUse::From::kSecret});
    return Ledger::SecretToken(ledger_.AddUnknown(name));
  }
  uses.push_back({std::string(name), VariableUse::From::kNothing, 0, kind == '?'});
  return Ledger::ParameterToken(name);
}

}  // namespace kl::importer
