// The sections a template has and a Compose file has not, at the end of the text.
#include <algorithm>

#include "template/import/draft.h"

namespace kl::importer {
namespace {

// A plan must hold what services ask for themselves; doubled until it does.
constexpr int kDoublingsMax = 6;

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::size_t Base64Bytes(std::string_view text) {
  return text.size() / 4 * 3 - (text.ends_with("==") ? 2 : 1);
}

// How the value of a secret is made, so that it resembles the old one: same length, same kind.
std::string Generator(const KnownSecret& secret) {
  constexpr std::string_view kBase64 = "base64:";
  if (secret.value.contains("PRIVATE KEY-----")) return "{{ GenerateRSA 2048 }}";
  if (secret.value.starts_with(kBase64)) return "base64:{{ GenerateKey 32 | Base64 }}";
  if (secret.value.size() >= 32 && secret.value.size() % 2 == 0 && IsHex(secret.value))
    return "{{ GenerateKey " + std::to_string(secret.value.size() / 2) + " | printf \\\"%x\\\" }}";
  if (secret.value.size() >= 24 && secret.value.size() % 4 == 0 && secret.value.ends_with('='))
    return "{{ GenerateKey " + std::to_string(Base64Bytes(secret.value)) + " | Base64 }}";
  const std::size_t size =
      secret.value.size() < 16 ? 24 : std::min<std::size_t>(secret.value.size(), 64);
  return "{{ GenerateKey " + std::to_string(size) + " }}";
}

std::string SecretsText(const Ledger& ledger) {
  std::string out;
  for (const KnownSecret& secret : ledger.secrets())
    if (secret.used && !secret.foreign)
      out += "  " + secret.name + ": \"" + Generator(secret) + "\"\n";
  if (out.empty()) return out;
  return "\n# Made once per instance and kept for its life.\nx-kuberlogic-secrets:\n" + out;
}

std::string ParametersText(const Ledger& ledger) {
  std::string out;
  for (const auto& [name, required] : ledger.parameters())
    out += "  " + name + ": {type: string" + (required ? "" : ", default: \"\"") + "}\n";
  if (out.empty()) return out;
  return "\n# What may differ between instances. One without a default needs a value in each "
         "plan.\n"
         "x-kuberlogic-parameters:\n" +
         out;
}

std::string PlansText(int factor) {
  return "\n# What a customer can buy. A plan's key is the id of an item price of the billing "
         "provider;\n"
         "# `default` is for all others. The figures are of the whole instance.\n"
         "x-kuberlogic-plans:\n  default:\n    limits: {cpu: \"" +
         std::to_string(factor) + "\", memory: " + std::to_string(factor) + "Gi, storage: 5Gi}\n";
}

bool PlanFits(const std::string& text) {
  return std::ranges::none_of(tmpl::Template::Load(text, "import").diagnostics, [](const auto& d) {
    return d.severity == tmpl::Severity::kError && d.path.starts_with("x-kuberlogic-plans");
  });
}

}  // namespace

void AddSections(Draft& draft) {
  const std::string fixed = SecretsText(draft.ledger) + ParametersText(draft.ledger);
  int factor = 1;
  for (int i = 0; i < kDoublingsMax; ++i, factor *= 2)
    if (PlanFits(draft.source.text() + fixed + PlansText(factor))) break;
  const std::size_t end = draft.source.text().size();
  draft.Apply({{end, end, fixed + PlansText(factor)}}, "plans");
}

}  // namespace kl::importer
