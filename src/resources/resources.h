// The kept objects (domain/objects.h) as JSON text, in the Kubernetes shape and with the field
// names of the custom resources. The same text is what a store keeps and what `-o json` shows.
// Pure, any thread.
//
// Fields that hold nothing (empty text, list or map, false, 0, the epoch) are left out;
// enumerations and fields whose default is not "nothing" are always written. Fields a reader does
// not know are ignored, so that an object written by a later version can be read.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/objects.h"

namespace kl {

// All of these exist for Subscription, Service, NameClaim, TemplateVersion, Site and
// HostCertificate.

template <class Object>
std::string EncodeSpec(const Object& object);
template <class Object>
std::string EncodeStatus(const Object& object);

// Replaces object.spec (object.status) by what `json` says; an absent field gets its default.
// kCorrupt when it does not decode: the message names the kind, object.meta.name and the field,
// Error::field is the field's path ("spec.limits.cpu"). The object is then unchanged.
template <class Object>
Status DecodeSpec(std::string_view json, Object& object);
template <class Object>
Status DecodeStatus(std::string_view json, Object& object);

// The whole object: apiVersion, kind, metadata, spec, status. `resourceVersion` is text, as in
// Kubernetes.
template <class Object>
std::string EncodeObject(const Object& object);

}  // namespace kl
