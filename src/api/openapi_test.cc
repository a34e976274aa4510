#include "api/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "api/api_fixture.h"

namespace kl::api {
namespace {

class OpenApi : public ApiFixture {
 protected:
  // "GET /api/v1/services serviceList", with " open" when no token is needed.
  std::set<std::string> Routes() const {
    std::set<std::string> out;
    for (const Api::Route& route : api_->routes()) {
      out.insert(route.method + " " + route.path + " " + route.operation +
                 (route.open ? " open" : ""));
    }
    return out;
  }
  std::set<std::string> Documented() const {
    std::set<std::string> out;
    for (const auto& [path, item] : *document_.At({"paths"})->as_map()) {
      for (const auto& [method, operation] : *item.as_map()) {
        if (method == "parameters") continue;
        std::string line = method;
        for (char& c : line) c = static_cast<char>(std::toupper(c));
        line += " " + path + " " + *Document::Member(operation, "operationId")->as_string();
        const Value* security = Document::Member(operation, "security");
        out.insert(line + (security && *security == Value(ValueList{}) ? " open" : ""));
      }
    }
    return out;
  }
};

TEST_F(OpenApi, DocumentAndRoutesAreTheSame) { EXPECT_EQ(Documented(), Routes()); }

TEST_F(OpenApi, OperationIdsAreUnique) {
  std::set<std::string> ids;
  for (const Api::Route& route : api_->routes()) EXPECT_TRUE(ids.insert(route.operation).second);
}

void CollectRefs(const Value& value, std::set<std::string>& refs) {
  if (const ValueMap* map = value.as_map()) {
    for (const auto& [key, item] : *map) {
      if (key == "$ref") refs.insert(*item.as_string());
      CollectRefs(item, refs);
    }
  }
  if (const auto* list = std::get_if<ValueList>(&value.data)) {
    for (const Value& item : *list) CollectRefs(item, refs);
  }
}

TEST_F(OpenApi, EveryReferenceLeadsSomewhereAndEveryComponentIsUsed) {
  std::set<std::string> refs;
  CollectRefs(document_.root(), refs);
  for (const std::string& ref : refs) {
    const Value target(ValueMap{{"$ref", ref}});
    EXPECT_TRUE(document_.Resolve(&target)) << ref;
  }
  for (const char* kind : {"schemas", "parameters", "responses"}) {
    for (const auto& [name, item] : *document_.At({"components", kind})->as_map()) {
      EXPECT_TRUE(refs.contains("#/components/" + std::string(kind) + "/" + name)) << name;
    }
  }
}

TEST_F(OpenApi, PathsWithAnIdDescribeIt) {
  for (const auto& [path, item] : *document_.At({"paths"})->as_map()) {
    const bool has_id = path.find("{id}") != std::string::npos;
    const Value* parameters = Document::Member(item, "parameters");
    EXPECT_EQ(parameters != nullptr, has_id) << path;
    if (!parameters) continue;
    const Value* id = document_.Resolve(&std::get<ValueList>(parameters->data).at(0));
    EXPECT_EQ(*Document::Member(*id, "name")->as_string(), "id") << path;
    EXPECT_EQ(*Document::Member(*id, "required"), Value(true)) << path;
  }
}

TEST_F(OpenApi, EveryFieldOfABodyIsAcceptedAndNoOther) {
  ASSERT_EQ(Add("llama").status, 201);
  for (const auto& [name, schema] :
       *document_.At({"components", "schemas", "ServicePatch", "properties"})->as_map()) {
    const auto asked = Ask("PATCH", "/api/v1/services/llama", "{\"" + name + "\":null}");
    EXPECT_NE(asked.text.find("{"), std::string::npos);
    EXPECT_EQ(asked.text.find("unknown field"), std::string::npos) << name;
  }
  EXPECT_EQ(Ask("PATCH", "/api/v1/services/llama", R"({"nonsense":null})").field(), "nonsense");
}

TEST_F(OpenApi, ErrorKindsAreAllNamed) {
  std::set<std::string> named;
  const Value* words =
      document_.At({"components", "schemas", "Error", "properties", "kind", "enum"});
  for (const Value& word : std::get<ValueList>(words->data)) named.insert(*word.as_string());
  std::set<std::string> known;
  for (ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kUnauthenticated, ErrorKind::kDenied, ErrorKind::kNotFound,
        ErrorKind::kConflict, ErrorKind::kExhausted, ErrorKind::kRateLimited,
        ErrorKind::kUnavailable, ErrorKind::kCorrupt, ErrorKind::kInternal}) {
    known.insert(std::string(ErrorKindName(kind)));
  }
  EXPECT_EQ(named, known);
}

TEST_F(OpenApi, DocumentIsServedToEveryone) {
  net::Request request{.method = "GET", .target = "/openapi.json"};
  const auto asked = Send(std::move(request));
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.Text("openapi"), "3.0.3");
}

}  // namespace
}  // namespace kl::api
