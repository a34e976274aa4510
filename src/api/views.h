// What the REST API shows, as trees of values (written as JSON by ToJson). Old clients rely on
// these names and shapes.
#pragma once

#include "app/explain/explain.h"
#include "app/services/credentials.h"
#include "app/services/services.h"
#include "domain/objects.h"
#include "domain/value.h"

namespace kl::api {

Value View(const Service& service);
Value View(const Subscription& record);
Value View(const app::Explanation& explanation);
Value View(const app::Overview& overview);
Value View(const app::RoomReport& room);
// `with_body`: the event as it came, besides what it is.
Value View(const HistoryRecord& record, bool with_body);
// {"message": ..., "kind": ..., "details": [{"field": ...}]}
Value View(const Error& error);

// Old clients send `id` with every change.
struct PatchBody {
  std::optional<std::string> id;
  app::ServicePatch fields;
};
// A body of POST /services/ into a wish, of PATCH into a patch. kInvalid with the field.
Result<Service> ServiceFromBody(std::string_view json, const SubscriptionKey& site);
Result<PatchBody> PatchFromBody(std::string_view json, const SubscriptionKey& site);
// {"name": "value", ...}. No value is in an error.
Result<app::Credentials::Submitted> CredentialsFromBody(std::string_view json);

}  // namespace kl::api
