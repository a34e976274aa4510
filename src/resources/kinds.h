// What an object is called outside: its `kind` in the Kubernetes shape.
#pragma once

#include <string_view>

#include "domain/certificate.h"
#include "domain/objects.h"

namespace kl {

inline constexpr std::string_view kApiVersion = "kuberlogic.com/v1alpha1";

template <class Object>
constexpr std::string_view KindWord();
template <>
constexpr std::string_view KindWord<Subscription>() {
  return "KuberLogicSubscription";
}
template <>
constexpr std::string_view KindWord<Service>() {
  return "KuberLogicService";
}
template <>
constexpr std::string_view KindWord<NameClaim>() {
  return "KuberLogicName";
}
template <>
constexpr std::string_view KindWord<TemplateVersion>() {
  return "KuberLogicTemplate";
}
template <>
constexpr std::string_view KindWord<Site>() {
  return "KuberLogicSite";
}
template <>
constexpr std::string_view KindWord<HostCertificate>() {
  return "KuberLogicCertificate";
}

}  // namespace kl
