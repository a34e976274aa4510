#include "sim/world/application.h"

namespace kl::world {
namespace {

constexpr std::string_view kType = "app";
constexpr std::string_view kPassword = "password";

class OneMember : public tmpl::Template {
 public:
  explicit OneMember(TemplateInfo info)
      : info_(std::move(info)), digest_(std::string(64, info_.parameters.empty() ? 'a' : 'b')) {}

  const TemplateInfo& info() const override { return info_; }
  bool KnowsParameter(const std::string& name) const override {
    return info_.parameters.contains(name);
  }
  const TemplateDigest& digest() const override { return digest_; }
  Result<tmpl::Rendered> Render(const tmpl::RenderInput& input, const tmpl::Secrets& secrets,
                                Random& random) const override {
    tmpl::Rendered rendered;
    rendered.secrets = secrets;
    if (!secrets.contains(std::string(kPassword))) {
      rendered.secrets.emplace(kPassword, SecretString(random.Letters(12)));
      rendered.generated = true;
    }
    AppSpec& spec = rendered.spec;
    spec.name = input.name;
    spec.uid = input.uid;
    spec.subscription = input.subscription;
    spec.host = input.host;
    spec.insecure = input.insecure;
    if (input.limits.storage) spec.storage_bytes = input.limits.storage->value();
    Member member;
    member.name = "web";
    member.image = "web:" + input.version.value_or("1");
    member.ports = {80};
    if (input.limits.cpu) member.cpu_millis = input.limits.cpu->millis();
    if (input.limits.memory) member.memory_bytes = input.limits.memory->value();
    member.env.push_back({"PASSWORD", rendered.secrets.at(std::string(kPassword))});
    for (const auto& [name, value] : input.parameters) {
      member.env.push_back({name, SecretString(ToText(value))});
    }
    spec.members.push_back(std::move(member));
    spec.routes.push_back({.port = 80, .member = "web"});
    return rendered;
  }
  Result<std::string> Welcome(const tmpl::RenderInput&, const tmpl::Secrets&) const override {
    return std::string();
  }
  std::vector<tmpl::CredentialsCommand> CredentialsCommands() const override { return {}; }

 private:
  TemplateInfo info_;
  TemplateDigest digest_;
};

}  // namespace

Application::Application(bool features) {
  TemplateInfo info;
  info.type = kType;
  info.has_volumes = true;
  for (const Tariff& tariff : kTariffs) {
    Plan plan;
    plan.limits.cpu = Quantity::FromMillis(tariff.cpu_millis);
    plan.limits.memory = Quantity::FromBytes(tariff.memory_bytes);
    if (!features) plan.limits.storage = Quantity::FromBytes(std::int64_t{1} << 30);
    info.plans.emplace(tariff.plan, std::move(plan));
  }
  if (features) {
    info.parameters["seats"] = {.type = ParameterType::kInteger, .default_value = Value(1)};
  }
  infos_.push_back(info);
  template_ = std::make_shared<OneMember>(std::move(info));
}

std::shared_ptr<const tmpl::Template> Application::Current(const std::string& type) const {
  return type == kType ? template_ : nullptr;
}

Task<Result<std::shared_ptr<const tmpl::Template>>> Application::Find(std::string type,
                                                                      std::string digest) {
  if (type != kType || digest != template_->digest().str()) {
    co_return Fail(ErrorKind::kNotFound, "no such template version", "template");
  }
  co_return template_;
}

}  // namespace kl::world
