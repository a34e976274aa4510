#include "app/site_marks.h"

namespace kl::app {

Task<Result<Site>> SiteMarks::Read() {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    auto site = co_await store_.Get(name_);
    if (site || site.error().kind != ErrorKind::kNotFound) co_return site;
    Site fresh;
    fresh.meta.name = name_;
    auto stored = co_await store_.PutSpec(fresh);
    if (stored || stored.error().kind != ErrorKind::kConflict) co_return stored;
  }
  co_return Fail(ErrorKind::kConflict, "site " + name_ + ": neither there nor to be made");
}

Task<Result<Site>> SiteMarks::Update(std::function<bool(Site&)> change) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Site site, co_await Read());
    if (!change(site)) co_return site;
    auto stored = co_await store_.PutStatus(std::move(site));
    if (stored || stored.error().kind != ErrorKind::kConflict) co_return stored;
  }
  co_return Fail(ErrorKind::kConflict, "site " + name_ + ": changed by others again and again");
}

Task<Status> SiteMarks::Release(WallTime until) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    KL_CO_TRY(Site site, co_await Read());
    site.spec.gate_released_until = until;
    auto stored = co_await store_.PutSpec(std::move(site));
    if (stored) co_return Status{};
    if (stored.error().kind != ErrorKind::kConflict) co_return std::unexpected(stored.error());
  }
  co_return Fail(ErrorKind::kConflict, "site " + name_ + ": changed by others again and again");
}

}  // namespace kl::app
