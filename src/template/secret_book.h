// The secrets of one instance during one render: those it has, and those made on the way.
#pragma once

#include <set>

#include "template/expr_eval.h"
#include "template/template.h"
#include "template/yaml_node.h"

namespace kl::tmpl {

// A definition under x-kuberlogic-secrets.
struct SecretDefinition {
  std::string name;
  const Node* node = nullptr;
};

class SecretBook : public EvalHost {
 public:
  struct Options {
    const RenderInput& input;
    const std::vector<SecretDefinition>& definitions;
    const Value& data;
    Budget& budget;
    // Null: nothing may be generated, what is missing is an error.
    Random* random = nullptr;
    // Values that only look right, at no cost: for a check.
    bool invented = false;
  };
  SecretBook(Options options, const Secrets& given) : options_(options), secrets_(given) {}

  struct Failure {
    const SecretDefinition* definition;
    ExprError error;
  };
  // Evaluates every definition that has no value yet, in the order given.
  std::optional<Failure> FillIn();

  const Secrets& secrets() const { return secrets_; }
  Secrets TakeSecrets() { return std::move(secrets_); }
  bool generated() const { return generated_; }
  // The place of the scalar evaluated next.
  void SetPlace(std::string place) { place_ = std::move(place); }

  std::string Endpoint(std::string_view fallback) override;
  std::expected<std::string, std::string> NamedSecret(std::string_view name) override;
  std::string NewKey(std::size_t letters) override;
  std::expected<std::string, std::string> NewRsaKey(int bits) override;
  const std::string* Kept(std::string_view id) override;
  void Keep(std::string_view id, std::string value) override;
  std::string Place() override { return place_; }

 private:
  ExprResult<void> Define(const SecretDefinition& definition);

  Options options_;
  Secrets secrets_;
  std::set<std::string, std::less<>> in_progress_;
  std::string place_;
  bool generated_ = false;
};

// What to say of a name that no secret has.
std::string NotDefined(std::string_view secret);

}  // namespace kl::tmpl
