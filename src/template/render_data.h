// What expressions read: the data of one instance.
#pragma once

#include "base/result.h"
#include "domain/template_info.h"
#include "template/template.h"

namespace kl::tmpl {

// The parameter that names the active profiles, as Compose's environment variable does.
inline constexpr std::string_view kProfilesParameter = "COMPOSE_PROFILES";

// Name, Namespace, Host, Replicas, VolumeSize, Version, TLSEnabled, Insecure and Parameters: the
// given ones converted to their declared types, defaults filled in, `customer_email`,
// `customer_name` and `plan` added. kInvalid with the field ("advanced.max_users") when one is
// missing or does not fit.
Result<Value> MakeData(const RenderInput& input, const std::map<std::string, Parameter>& declared);

// An instance that does not exist, for the check of a plan: parameters that the plan leaves open
// are invented.
RenderInput InventInput(const std::string& plan_id, const Plan& plan,
                        const std::map<std::string, Parameter>& declared);

}  // namespace kl::tmpl
