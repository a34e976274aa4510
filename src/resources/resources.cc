#include "resources/resources.h"

#include "resources/decoder.h"
#include "resources/encoder.h"
#include "resources/kinds.h"

namespace kl {
namespace {

// The structures themselves are six levels deep at most; the rest is for parameters.
constexpr int kMaxObjectDepth = kMaxValueDepth + 8;

template <class Part>
std::string Encode(const Part& part) {
  std::string out;
  Encoder(out).Write(part);
  return out;
}

// `part` is "spec" or "status". Decodes into `field` only when all of it is well.
template <class Object, class Part>
Status Decode(std::string_view json, const Object& object, std::string part, Part& field) {
  const auto corrupt = [&](const std::string& path, const std::string& cause) {
    return Fail(ErrorKind::kCorrupt,
                std::string(Object::kKind) + " '" + object.meta.name + "': " + path + ": " + cause,
                path);
  };
  const auto parsed = ValueFromJson(json, kMaxObjectDepth);
  if (!parsed) return corrupt(part, parsed.error().message);
  const ValueMap* members = parsed->as_map();
  if (!members) return corrupt(part, "expected an object");

  DecodeFault fault;
  Part decoded;
  Decoder decoder(*members, part, fault);
  VisitFields(decoder, decoded);
  if (fault.found()) return corrupt(fault.path, fault.cause);
  field = std::move(decoded);
  return {};
}

// metadata in the Kubernetes shape; written only.
struct Metadata {
  std::string name;
  std::string uid;
  std::string resource_version;
  std::uint64_t generation;
  WallTime created;
};
template <class V>
void VisitFields(V& visit, const Metadata& x) {
  visit("name", x.name);
  visit("uid", x.uid);
  visit("resourceVersion", x.resource_version);
  visit("generation", x.generation);
  visit("creationTimestamp", x.created);
}

}  // namespace

template <class Object>
std::string EncodeSpec(const Object& object) {
  return Encode(object.spec);
}
template <class Object>
std::string EncodeStatus(const Object& object) {
  return Encode(object.status);
}
template <class Object>
Status DecodeSpec(std::string_view json, Object& object) {
  return Decode(json, object, "spec", object.spec);
}
template <class Object>
Status DecodeStatus(std::string_view json, Object& object) {
  return Decode(json, object, "status", object.status);
}

template <class Object>
std::string EncodeObject(const Object& object) {
  const Meta& meta = object.meta;
  const std::string version = meta.version == 0 ? "" : std::to_string(meta.version);
  std::string out = "{\"apiVersion\":";
  json_text::AppendString(out, kApiVersion);
  json_text::AppendString(out += ",\"kind\":", KindWord<Object>());
  out += ",\"metadata\":";
  Encoder(out).Write(Metadata{meta.name, meta.uid, version, meta.generation, meta.created});
  Encoder(out += ",\"spec\":").Write(object.spec);
  Encoder(out += ",\"status\":").Write(object.status);
  return out += '}';
}

#define KL_RESOURCE(Object)                                \
  template std::string EncodeSpec(const Object&);          \
  template std::string EncodeStatus(const Object&);        \
  template Status DecodeSpec(std::string_view, Object&);   \
  template Status DecodeStatus(std::string_view, Object&); \
  template std::string EncodeObject(const Object&);
KL_RESOURCE(Subscription)
KL_RESOURCE(Service)
KL_RESOURCE(NameClaim)
KL_RESOURCE(TemplateVersion)
KL_RESOURCE(Site)
KL_RESOURCE(HostCertificate)
#undef KL_RESOURCE

}  // namespace kl
