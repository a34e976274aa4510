#include "template/secret_book.h"

#include <algorithm>

#include "template/rsa.h"

namespace kl::tmpl {
namespace {

// Secrets that name secrets: each level is a call deeper.
constexpr std::size_t kNestingMax = 16;
constexpr std::string_view kSection = "x-kuberlogic-secrets.";

}  // namespace

std::optional<SecretBook::Failure> SecretBook::FillIn() {
  for (const SecretDefinition& definition : options_.definitions) {
    if (secrets_.contains(definition.name)) continue;
    if (auto done = Define(definition); !done) return Failure{&definition, done.error()};
  }
  return std::nullopt;
}

// A secret may name others; one that needs itself is refused.
ExprResult<void> SecretBook::Define(const SecretDefinition& definition) {
  if (in_progress_.contains(definition.name))
    return std::unexpected(ExprError{0, "a secret that needs itself"});
  if (in_progress_.size() >= kNestingMax)
    return std::unexpected(ExprError{0, "secrets nested too deeply"});
  in_progress_.insert(definition.name);
  std::string outer = std::exchange(place_, std::string(kSection) + definition.name);
  ExprResult<std::string> text = definition.node->scalar;
  if (definition.node->text)
    text = Evaluate(*definition.node->text, {options_.data, *this, options_.budget});
  place_ = std::move(outer);
  in_progress_.erase(definition.name);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return std::unexpected(ExprError{0, "an empty secret"});
  secrets_[definition.name] = SecretString(std::move(*text));
  generated_ = true;
  return {};
}

// A port is part of the address only when it is not the scheme's own: then input.port is set.
std::string SecretBook::Endpoint(std::string_view fallback) {
  const RenderInput& input = options_.input;
  std::string out = input.insecure ? "http://" : "https://";
  if (input.host.empty()) return out + std::string(fallback.empty() ? "localhost" : fallback);
  out += input.host;
  if (input.port != 0) out += ":" + std::to_string(input.port);
  return out;
}

std::string NotDefined(std::string_view secret) {
  const std::string name(secret);
  return "'" + name + "' is not defined: add it under x-kuberlogic-secrets, as in " + name +
         ": \"{{ GenerateKey 32 }}\"";
}

// Defined on the spot when it has no value yet: a definition may come before those it names.
std::expected<std::string, std::string> SecretBook::NamedSecret(std::string_view name) {
  auto kept = secrets_.find(std::string(name));
  if (kept != secrets_.end()) return kept->second.Reveal();
  auto defined = std::ranges::find(options_.definitions, name, &SecretDefinition::name);
  if (defined == options_.definitions.end()) return std::unexpected(NotDefined(name));
  if (!options_.random && !options_.invented)
    return std::unexpected("'" + std::string(name) + "' has no value yet");
  if (auto done = Define(*defined); !done)
    return std::unexpected("'" + std::string(name) + "': " + done.error().message);
  return secrets_[std::string(name)].Reveal();
}

std::string SecretBook::NewKey(std::size_t letters) {
  if (options_.invented || !options_.random) return std::string(letters, 'x');
  return options_.random->Letters(letters);
}

std::expected<std::string, std::string> SecretBook::NewRsaKey(int bits) {
  if (options_.invented || !options_.random) return InventedRsaKey();
  return GenerateRsaKey(bits);
}

const std::string* SecretBook::Kept(std::string_view id) {
  // A definition's parts are not kept one by one: the definition is.
  if (id.starts_with(kSection)) return nullptr;
  auto it = secrets_.find(std::string(id));
  return it == secrets_.end() ? nullptr : &it->second.Reveal();
}

void SecretBook::Keep(std::string_view id, std::string value) {
  if (id.starts_with(kSection)) return;
  secrets_[std::string(id)] = SecretString(std::move(value));
  generated_ = true;
}

}  // namespace kl::tmpl
