// `environment`, `labels` and `annotations`: a mapping, or a list of NAME=value.
#include "template/app_draft.h"

namespace kl::tmpl {
namespace {

bool CheckName(const Cursor& at, std::string_view name) {
  if (!name.empty() && name.find('=') == name.npos && name.find('\0') == name.npos) return true;
  at.Error("not a variable's name: '" + std::string(name.substr(0, 100)) + "'");
  return false;
}

constexpr std::string_view kNoValue =
    " has no value: nothing is taken from a host's environment; write one, or a parameter";

// The last of two lines with one name counts, as everywhere else.
void SetVariable(ServiceDraft& service, std::string name, SecretString value) {
  auto [at_name, fresh] = service.variables.emplace(name, service.member.env.size());
  if (fresh)
    service.member.env.push_back({std::move(name), std::move(value)});
  else
    service.member.env[at_name->second].value = std::move(value);
}

void ReadEnvironmentList(const Cursor& at, ServiceDraft& service) {
  for (std::size_t i = 0; i < at.node().items.size(); ++i) {
    Cursor item(at, i);
    auto text = item.Text();
    if (!text) continue;
    std::size_t equals = text->find('=');
    // Only the written text may be shown: what is left of '=' could come from an expression.
    if (equals == text->npos) {
      item.Error(item.Shown() + std::string(kNoValue));
      continue;
    }
    std::string name = text->substr(0, equals);
    if (!CheckName(item, name)) continue;
    SetVariable(service, std::move(name), SecretString(text->substr(equals + 1)));
  }
}

// A mapping, or a list of name=value where a name alone has an empty value.
void ReadPairs(const Cursor& at, std::map<std::string, std::string>& out) {
  if (at.node().is_sequence()) {
    auto lines = at.TextList();
    if (!lines) return;
    for (const std::string& line : *lines) {
      std::size_t equals = line.find('=');
      out[line.substr(0, equals)] = equals == line.npos ? "" : line.substr(equals + 1);
    }
    return;
  }
  if (!at.ExpectMapping("a mapping or a list of name=value")) return;
  for (const Entry& entry : at.node().entries) {
    auto text = Cursor(at, entry).Text();
    if (text) out[entry.key] = std::move(*text);
  }
}

}  // namespace

void ReadEnvironment(const Cursor& at, ServiceDraft& service) {
  if (at.node().is_null()) return;
  if (at.node().is_sequence()) {
    ReadEnvironmentList(at, service);
  } else if (at.ExpectMapping("a mapping or a list of NAME=value")) {
    for (const Entry& entry : at.node().entries) {
      Cursor item(at, entry);
      if (item.node().is_null() && item.node().scalar.empty()) {
        item.Error(entry.key + std::string(kNoValue));
        continue;
      }
      auto text = item.Text();
      if (text && CheckName(item, entry.key))
        SetVariable(service, entry.key, SecretString(std::move(*text)));
    }
  }
}

void ReadLabels(const Cursor& at, ServiceDraft& service) { ReadPairs(at, service.member.labels); }

void ReadAnnotations(const Cursor& at, ServiceDraft& service) {
  ReadPairs(at, service.member.annotations);
}

}  // namespace kl::tmpl
