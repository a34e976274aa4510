#include "resources/resources.h"

#include <gtest/gtest.h>

#include <boost/pfr/tuple_size.hpp>

#include "resources/fields.h"
#include "resources/generator.h"
#include "resources/value_json.h"

namespace kl {
namespace {

using testing::Generator;

template <class Object>
void ExpectComesBack(const Object& object) {
  Object read;
  read.meta.name = object.meta.name;
  const Status spec = DecodeSpec(EncodeSpec(object), read);
  ASSERT_TRUE(spec) << spec.error().message;
  const Status status = DecodeStatus(EncodeStatus(object), read);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(read.spec, object.spec) << EncodeSpec(object);
  EXPECT_EQ(read.status, object.status) << EncodeStatus(object);
  EXPECT_TRUE(ValueFromJson(EncodeObject(object), 64)) << EncodeObject(object);
}

TEST(Resources, EveryFieldOfEveryObjectComesBack) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Generator make(seed);
    ExpectComesBack(make.MakeSubscription());
    ExpectComesBack(make.MakeService());
    ExpectComesBack(make.MakeNameClaim());
    ExpectComesBack(make.MakeTemplateVersion());
    ExpectComesBack(make.MakeSite());
    ExpectComesBack(make.MakeHostCertificate());
    if (HasFailure()) return;
  }
}

TEST(Resources, EmptyObjectsComeBack) {
  ExpectComesBack(Subscription());
  ExpectComesBack(Service());
  ExpectComesBack(NameClaim());
  ExpectComesBack(TemplateVersion());
  ExpectComesBack(Site());
  ExpectComesBack(HostCertificate());
}

struct FieldCounter {
  std::size_t fields = 0;
  void operator()(std::string_view, auto&&) { ++fields; }
  void Always(std::string_view, auto&&) { ++fields; }
};

// A key's three fields stand in the structure that holds it.
template <class T>
std::size_t Described() {
  FieldCounter counter;
  T structure;
  VisitFields(counter, structure);
  return counter.fields;
}

TEST(Resources, NoFieldOfTheDomainIsForgotten) {
  namespace pfr = boost::pfr;
  EXPECT_EQ(Described<Limits>(), pfr::tuple_size_v<Limits>);
  EXPECT_EQ(Described<Condition>(), pfr::tuple_size_v<Condition>);
  EXPECT_EQ(Described<BillingItem>(), pfr::tuple_size_v<BillingItem>);
  EXPECT_EQ(Described<Entitlement>(), pfr::tuple_size_v<Entitlement>);
  EXPECT_EQ(Described<SubscriptionKey>(), pfr::tuple_size_v<SubscriptionKey>);
  EXPECT_EQ(Described<BillingSubscription>(), pfr::tuple_size_v<BillingSubscription> + 2);
  EXPECT_EQ(Described<Derived>(), pfr::tuple_size_v<Derived>);
  EXPECT_EQ(Described<Publication>(), pfr::tuple_size_v<Publication>);
  EXPECT_EQ(Described<EventNote>(), pfr::tuple_size_v<EventNote>);
  EXPECT_EQ(Described<Suspension>(), pfr::tuple_size_v<Suspension>);
  EXPECT_EQ(Described<Milestones>(), pfr::tuple_size_v<Milestones>);
  EXPECT_EQ(Described<Amounts>(), pfr::tuple_size_v<Amounts>);
  EXPECT_EQ(Described<Admission>(), pfr::tuple_size_v<Admission>);
  EXPECT_EQ(Described<Subscription::Spec>(), pfr::tuple_size_v<Subscription::Spec> + 2);
  EXPECT_EQ(Described<Subscription::Status>(), pfr::tuple_size_v<Subscription::Status>);
  EXPECT_EQ(Described<Service::Spec>(), pfr::tuple_size_v<Service::Spec>);
  EXPECT_EQ(Described<Service::Status>(), pfr::tuple_size_v<Service::Status>);
  EXPECT_EQ(Described<NameClaim::Spec>(), pfr::tuple_size_v<NameClaim::Spec>);
  EXPECT_EQ(Described<NameClaim::Status>(), pfr::tuple_size_v<NameClaim::Status>);
  EXPECT_EQ(Described<TemplateVersion::Spec>(), pfr::tuple_size_v<TemplateVersion::Spec>);
  EXPECT_EQ(Described<TemplateVersion::Status>(), 0U);
  EXPECT_EQ(Described<Site::Spec>(), pfr::tuple_size_v<Site::Spec>);
  EXPECT_EQ(Described<Site::Status>(), pfr::tuple_size_v<Site::Status>);
  EXPECT_EQ(Described<HostCertificate::Status>(), pfr::tuple_size_v<HostCertificate::Status>);
}

TEST(Resources, ObjectsHaveTheKubernetesShape) {
  Service service;
  service.meta = {.name = "magnetic-llama",
                  .uid = "00ff",
                  .version = 42,
                  .generation = 3,
                  .created = WallTime(Duration(1'795'454'940'123))};
  service.spec.type = "wordpress";
  service.spec.use_letsencrypt = true;
  service.spec.limits.cpu = *Quantity::Parse("250m");
  service.spec.advanced = {{"size", 7}};
  service.spec.suspensions = {{.reason = SuspensionReason::kOperator, .note = "asked for"}};
  service.status.phase = "Paused";
  service.status.conditions = {{.type = "Paused", .status = true, .reason = "Suspended"}};
  EXPECT_EQ(
      EncodeObject(service),
      R"({"apiVersion":"kuberlogic.com/v1alpha1","kind":"KuberLogicService",)"
      R"("metadata":{"name":"magnetic-llama","uid":"00ff","resourceVersion":"42","generation":3,)"
      R"("creationTimestamp":"2026-11-23T17:29:00.123Z"},)"
      R"("spec":{"type":"wordpress","useLetsencrypt":true,"limits":{"cpu":"250m"},)"
      R"("advanced":{"size":7},"suspensions":[{"reason":")" +
          std::string(SuspensionReasonName(SuspensionReason::kOperator)) +
          R"(","note":"asked for"}]},)"
          R"("status":{"phase":"Paused","conditions":[{"type":"Paused","status":"True",)"
          R"("reason":"Suspended"}]}})");
}

TEST(Resources, FieldsOfLaterVersionsAreTolerated) {
  Service service;
  const Status status =
      DecodeSpec(R"({"type":"wordpress","window":{"days":[1,2]},"limits":{"gpu":"1"}})", service);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(service.spec.type, "wordpress");
}

TEST(Resources, AbsentAndNullFieldsGetTheirDefaults) {
  Service service;
  service.status.phase = "Ready";
  ASSERT_TRUE(DecodeStatus(R"({"restarts":null})", service));
  EXPECT_EQ(service.status, Service::Status());
  EXPECT_EQ(service.status.phase, "Unknown");
}

struct Damage {
  const char* json;
  const char* field;
};

TEST(Resources, DamageNamesTheObjectAndTheField) {
  const Damage kDamages[] = {
      {"", "spec"},
      {"{", "spec"},
      {"[]", "spec"},
      {R"({"type":1})", "spec.type"},
      {R"({"insecure":"yes"})", "spec.insecure"},
      {R"({"replicas":1.5})", "spec.replicas"},
      {R"({"replicas":99999999999})", "spec.replicas"},
      {R"({"limits":[]})", "spec.limits"},
      {R"({"limits":{"cpu":"much"}})", "spec.limits.cpu"},
      {R"({"suspensions":[{"reason":"mood"}]})", "spec.suspensions[0].reason"},
      {R"({"suspensions":[{},{"since":"yesterday"}]})", "spec.suspensions[1].since"},
      {R"({"overrides":{}})", "spec.overrides"},
  };
  for (const Damage& damage : kDamages) {
    Service service;
    service.meta.name = "magnetic-llama";
    service.spec.type = "kept";
    const Status status = DecodeSpec(damage.json, service);
    ASSERT_FALSE(status) << damage.json;
    EXPECT_EQ(status.error().kind, ErrorKind::kCorrupt);
    EXPECT_EQ(status.error().field, damage.field) << status.error().message;
    EXPECT_NE(status.error().message.find("service 'magnetic-llama'"), std::string::npos);
    EXPECT_EQ(service.spec.type, "kept");
  }
}

}  // namespace
}  // namespace kl
