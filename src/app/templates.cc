#include "app/templates.h"

#include "app/records.h"
#include "domain/derive.h"

namespace kl::app {

std::string TemplateObjectName(const std::string& type, const std::string& digest) {
  return type + "-" + digest.substr(0, 12);
}

Task<Status> StoredTemplates::Load() {
  std::string after;
  do {
    KL_CO_TRY(auto page, co_await store_.List(after, 100));
    for (const TemplateVersion& version : page.items) {
      if (!version.spec.current) continue;
      auto loaded = tmpl::Template::Load(version.spec.text, version.spec.type);
      if (!loaded.value) {
        refused_[version.spec.type] =
            "stored template " + version.meta.name +
            " no longer passes the check: " + tmpl::Format(loaded.diagnostics, version.meta.name);
        continue;
      }
      by_digest_[version.spec.digest] = loaded.value;
      current_[version.spec.type] = loaded.value;
    }
    after = page.next;
  } while (!after.empty());
  co_return Status{};
}

Task<Result<std::shared_ptr<const tmpl::Template>>> StoredTemplates::Install(std::string type,
                                                                             std::string text) {
  auto loaded = tmpl::Template::Load(text, type);
  if (!loaded.value) {
    co_return Fail(ErrorKind::kInvalid, tmpl::Format(loaded.diagnostics, type), "template");
  }
  std::vector<TemplateInfo> infos{loaded.value->info()};
  for (const auto& [other, value] : current_) {
    if (other != type) infos.push_back(value->info());
  }
  KL_CO_RETURN_IF_ERROR(CheckPlansDistinct(infos));

  const std::string digest = loaded.value->digest().str();
  const std::string name = TemplateObjectName(type, digest);
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    TemplateVersion version;
    auto present = co_await store_.Get(name);
    if (present) {
      version = *present;
      if (version.spec.current) break;
    } else if (present.error().kind != ErrorKind::kNotFound) {
      co_return std::unexpected(present.error());
    }
    version.meta.name = name;
    version.spec = {.type = type, .digest = digest, .text = text, .current = true};
    auto stored = co_await store_.PutSpec(version);
    if (stored) break;
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  KL_CO_RETURN_IF_ERROR(co_await Retire(type, digest));
  by_digest_[digest] = loaded.value;
  current_[type] = loaded.value;
  refused_.erase(type);
  co_return loaded.value;
}

Status StoredTemplates::CheckLoaded() const {
  if (refused_.empty()) return {};
  const auto& [type, why] = *refused_.begin();
  std::string line = why.substr(0, why.find_last_not_of('\n') + 1);
  return Fail(ErrorKind::kInvalid, line + ": configure a template of type " + type + " that passes",
              "templates");
}

Task<Status> StoredTemplates::Retire(std::string type, std::string but) {
  std::string after;
  do {
    KL_CO_TRY(auto page, co_await store_.List(after, 100));
    for (TemplateVersion& version : page.items) {
      if (version.spec.type != type || version.spec.digest == but || !version.spec.current)
        continue;
      version.spec.current = false;
      auto stored = co_await store_.PutSpec(version);
      if (!stored) co_return std::unexpected(stored.error());
    }
    after = page.next;
  } while (!after.empty());
  co_return Status{};
}

std::shared_ptr<const tmpl::Template> StoredTemplates::Current(const std::string& type) const {
  auto it = current_.find(type);
  return it == current_.end() ? nullptr : it->second;
}

Task<Result<std::shared_ptr<const tmpl::Template>>> StoredTemplates::Find(std::string type,
                                                                          std::string digest) {
  if (auto it = by_digest_.find(digest); it != by_digest_.end()) co_return it->second;
  auto version = co_await store_.Get(TemplateObjectName(type, digest));
  if (!version) {
    if (version.error().kind == ErrorKind::kNotFound) {
      co_return Fail(ErrorKind::kNotFound, "template " + type + " has no version " + digest,
                     "type");
    }
    co_return std::unexpected(version.error());
  }
  auto loaded = tmpl::Template::Load(version->spec.text, type);
  if (!loaded.value) {
    co_return Fail(ErrorKind::kInvalid, tmpl::Format(loaded.diagnostics, version->meta.name),
                   "template");
  }
  by_digest_[digest] = loaded.value;
  co_return loaded.value;
}

std::vector<TemplateInfo> StoredTemplates::Infos() const {
  std::vector<TemplateInfo> infos;
  for (const auto& [type, value] : current_) infos.push_back(value->info());
  return infos;
}

}  // namespace kl::app
