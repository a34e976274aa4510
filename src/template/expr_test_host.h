// A host for tests of the expression language: a fixed endpoint, counted keys.
#pragma once

#include <map>

#include "template/expr_eval.h"
#include "template/expr_parser.h"

namespace kl::tmpl {

struct TestHost : EvalHost {
  std::string Endpoint(std::string_view fallback) override {
    return "https://" + (host.empty() ? std::string(fallback) : host);
  }
  std::expected<std::string, std::string> NamedSecret(std::string_view name) override {
    if (name == "known") return "s3cret";
    return std::unexpected("'" + std::string(name) + "' is not defined");
  }
  std::string NewKey(std::size_t letters) override {
    return std::string(letters, static_cast<char>('a' + keys++));
  }
  std::expected<std::string, std::string> NewRsaKey(int bits) override {
    return "RSA" + std::to_string(bits);
  }
  const std::string* Kept(std::string_view id) override {
    auto it = kept.find(std::string(id));
    return it == kept.end() ? nullptr : &it->second;
  }
  void Keep(std::string_view id, std::string value) override { kept[std::string(id)] = value; }
  std::string Place() override { return "place"; }

  std::string host = "h.example.com";
  int keys = 0;
  std::map<std::string, std::string> kept;
};

inline Value TestData() {
  ValueMap parameters{{"n", 5},
                      {"x", 2.5},
                      {"on", true},
                      {"off", false},
                      {"text", "hello"},
                      {"empty", ""},
                      {"list", ValueList{1, "two", 3}},
                      {"map", ValueMap{{"b", 2}, {"a", 1}}}};
  return Value(ValueMap{{"Name", "llama"},
                        {"Host", "h.example.com"},
                        {"Version", ""},
                        {"Replicas", 1},
                        {"Parameters", parameters}});
}

struct Outcome {
  std::string text;   // or
  std::string error;  // with its offset
  std::size_t offset = 0;
};

inline Outcome Expand(std::string_view scalar, EvalHost& host) {
  auto text = Compile(scalar);
  if (!text) return {"", text.error().message, text.error().offset};
  const Value data = TestData();
  Budget budget;
  auto out = Evaluate(*text, {data, host, budget});
  if (!out) return {"", out.error().message, out.error().offset};
  return {*out, "", 0};
}

inline Outcome Expand(std::string_view scalar) {
  TestHost host;
  return Expand(scalar, host);
}

}  // namespace kl::tmpl
