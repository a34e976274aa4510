// The OpenAPI document of the API, from spec/openapi.yaml, as JSON.
#pragma once

#include <string>

namespace kl::api {

const std::string& OpenApiJson();

}  // namespace kl::api
