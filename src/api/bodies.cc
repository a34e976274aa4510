// Request bodies into wishes and patches, one clear error per wrong field.
#include <span>

#include "api/views.h"
#include "resources/value_json.h"

namespace kl::api {
namespace {

class Fields {
 public:
  static Result<Fields> Parse(std::string_view json) {
    auto value = ValueFromJson(json);
    if (!value) return Fail(ErrorKind::kInvalid, "body: " + value.error().message, "body");
    if (!value->as_map()) return Fail(ErrorKind::kInvalid, "body: expected a JSON object", "body");
    return Fields(std::move(*value));
  }

  // nullopt when absent; null reads as empty text.
  Result<std::optional<std::string>> Text(const std::string& key) const {
    const Value* value = Find(key);
    if (!value) return std::optional<std::string>{};
    if (value->is_null()) return std::optional<std::string>("");
    if (!value->as_string()) return Fail(ErrorKind::kInvalid, key + ": expected a string", key);
    return std::optional<std::string>(*value->as_string());
  }
  Result<std::optional<bool>> Flag(const std::string& key) const {
    const Value* value = Find(key);
    if (!value || value->is_null()) return std::optional<bool>{};
    if (const bool* flag = std::get_if<bool>(&value->data)) return std::optional<bool>(*flag);
    return Fail(ErrorKind::kInvalid, key + ": expected true or false", key);
  }
  Result<std::optional<int>> Integer(const std::string& key) const {
    const Value* value = Find(key);
    if (!value || value->is_null()) return std::optional<int>{};
    const auto* number = std::get_if<std::int64_t>(&value->data);
    if (!number || *number < -1000 || *number > 1000000) {
      return Fail(ErrorKind::kInvalid, key + ": expected a whole number", key);
    }
    return std::optional<int>(static_cast<int>(*number));
  }
  Result<std::optional<Quantity>> Limit(const std::string& key) const {
    const Value* limits = Find("limits");
    if (!limits || limits->is_null()) return std::optional<Quantity>{};
    const ValueMap* map = limits->as_map();
    const std::string field = "limits." + key;
    if (!map) return Fail(ErrorKind::kInvalid, "limits: expected an object", "limits");
    auto it = map->find(key);
    if (it == map->end() || it->second.is_null()) return std::optional<Quantity>{};
    const auto* number = std::get_if<std::int64_t>(&it->second.data);
    const std::string text = number                   ? std::to_string(*number)
                             : it->second.as_string() ? *it->second.as_string()
                                                      : "";
    if (text.empty() && it->second.as_string()) return std::optional<Quantity>{};
    auto quantity = Quantity::Parse(text);
    if (!quantity) return Fail(ErrorKind::kInvalid, field + ": " + quantity.error().message, field);
    return std::optional<Quantity>(*quantity);
  }
  Result<std::optional<ValueMap>> Map(const std::string& key) const {
    const Value* value = Find(key);
    if (!value || value->is_null()) return std::optional<ValueMap>{};
    if (!value->as_map()) return Fail(ErrorKind::kInvalid, key + ": expected an object", key);
    return std::optional<ValueMap>(*value->as_map());
  }
  Status OnlyKnownLimits() const {
    const Value* limits = Find("limits");
    if (!limits || !limits->as_map()) return {};
    for (const auto& [key, value] : *limits->as_map()) {
      if (key != "cpu" && key != "memory" && key != "storage") {
        return Fail(ErrorKind::kInvalid, "limits." + key + ": unknown field", "limits." + key);
      }
    }
    return {};
  }
  Status OnlyKnown(std::span<const std::string_view> known) const {
    for (const auto& [key, value] : *root_.as_map()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return Fail(ErrorKind::kInvalid, key + ": unknown field", key);
      }
    }
    return {};
  }

 private:
  explicit Fields(Value root) : root_(std::move(root)) {}
  const Value* Find(const std::string& key) const {
    auto it = root_.as_map()->find(key);
    return it == root_.as_map()->end() ? nullptr : &it->second;
  }
  Value root_;
};

constexpr std::string_view kKnown[] = {
    "id",           "type",           "version",        "insecure", "use_letsencrypt",
    "replicas",     "backupSchedule", "limits",         "advanced", "domain",
    "subscription", "paused",         "templateDigest", "status",   "created_at",
    "endpoint"};

// Clients name a subscription by the provider's id alone.
std::string KeyText(const std::string& id, const SubscriptionKey& site) {
  if (id.empty() || id.find('/') != std::string::npos || site.provider.empty()) return id;
  return ToString(SubscriptionKey{site.provider, site.site, id});
}

}  // namespace

Result<PatchBody> PatchFromBody(std::string_view json, const SubscriptionKey& site) {
  KL_TRY(const Fields fields, Fields::Parse(json));
  KL_RETURN_IF_ERROR(fields.OnlyKnown(kKnown));
  KL_RETURN_IF_ERROR(fields.OnlyKnownLimits());
  PatchBody body;
  app::ServicePatch& patch = body.fields;
  KL_TRY(body.id, fields.Text("id"));
  if (body.id && body.id->empty()) body.id.reset();
  KL_TRY(patch.type, fields.Text("type"));
  KL_TRY(patch.version, fields.Text("version"));
  KL_TRY(patch.insecure, fields.Flag("insecure"));
  KL_TRY(patch.use_letsencrypt, fields.Flag("use_letsencrypt"));
  KL_TRY(patch.replicas, fields.Integer("replicas"));
  KL_TRY(patch.backup_schedule, fields.Text("backupSchedule"));
  KL_TRY(patch.cpu, fields.Limit("cpu"));
  KL_TRY(patch.memory, fields.Limit("memory"));
  KL_TRY(patch.storage, fields.Limit("storage"));
  KL_TRY(patch.advanced, fields.Map("advanced"));
  KL_TRY(patch.domain, fields.Text("domain"));
  KL_TRY(patch.subscription, fields.Text("subscription"));
  KL_TRY(patch.paused, fields.Flag("paused"));
  KL_TRY(patch.template_digest, fields.Text("templateDigest"));
  if (patch.subscription) patch.subscription = KeyText(*patch.subscription, site);
  return body;
}

Result<app::Credentials::Submitted> CredentialsFromBody(std::string_view json) {
  // What a parser says of broken JSON may quote it.
  const auto value = ValueFromJson(json);
  const ValueMap* map = value ? value->as_map() : nullptr;
  if (!map) return Fail(ErrorKind::kInvalid, "body: expected a JSON object of strings", "body");
  app::Credentials::Submitted out;
  for (const auto& [name, item] : *map) {
    const std::string* text = item.as_string();
    if (!text) return Fail(ErrorKind::kInvalid, name + ": expected a string", name);
    out.emplace(name, SecretString(*text));
  }
  return out;
}

Result<Service> ServiceFromBody(std::string_view json, const SubscriptionKey& site) {
  KL_TRY(const PatchBody body, PatchFromBody(json, site));
  const std::optional<std::string>& id = body.id;
  const app::ServicePatch& patch = body.fields;
  if (!id) return Fail(ErrorKind::kInvalid, "id: required", "id");
  if (patch.paused.value_or(false))
    return Fail(ErrorKind::kInvalid, "paused: a new service is not paused: edit it later",
                "paused");
  if (patch.template_digest && !patch.template_digest->empty()) {
    return Fail(ErrorKind::kInvalid, "templateDigest: a new service gets the current version",
                "templateDigest");
  }
  if (!patch.type || patch.type->empty())
    return Fail(ErrorKind::kInvalid, "type: required", "type");
  Service service;
  service.meta.name = *id;
  service.spec.type = *patch.type;
  if (patch.version && !patch.version->empty()) service.spec.version = patch.version;
  service.spec.insecure = patch.insecure.value_or(false);
  service.spec.use_letsencrypt = patch.use_letsencrypt.value_or(false);
  service.spec.replicas = patch.replicas;
  service.spec.backup_schedule = patch.backup_schedule.value_or("");
  service.spec.limits = {patch.cpu, patch.memory, patch.storage};
  service.spec.advanced = patch.advanced.value_or(ValueMap{});
  service.spec.domain = patch.domain.value_or("");
  service.spec.subscription = patch.subscription.value_or("");
  return service;
}

}  // namespace kl::api
