#include "template/sections.h"

#include <algorithm>
#include <array>

#include "domain/parameter.h"
#include "template/cursor.h"
#include "template/go_string.h"

namespace kl::tmpl {
namespace {

// Of parameters, plans and secrets each.
constexpr std::size_t kEntriesMax = 256;

bool ExpectEntries(const Cursor& at, std::string_view wanted) {
  if (!at.ExpectMapping(wanted)) return false;
  if (at.node().entries.size() <= kEntriesMax) return true;
  at.Error("too many entries: at most " + std::to_string(kEntriesMax));
  return false;
}

// A parameter while it is read, and the section it belongs to.
struct ParameterDraft {
  Parameter parameter;
  const Node* default_node = nullptr;
};

// A bound of a parameter.
std::optional<double> Number(const Cursor& at) {
  Value value = ToValue(at.node());
  if (const auto* integer = std::get_if<std::int64_t>(&value.data))
    return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  // Bounds of a quantity may be quantities.
  if (const std::string* text = value.as_string())
    if (auto quantity = Quantity::Parse(*text))
      return static_cast<double>(quantity->millis()) / 1000;
  at.Error("a number is wanted here, not " + at.Shown());
  return std::nullopt;
}

void ReadType(const Cursor& at, ParameterDraft& out) {
  using enum ParameterType;
  for (ParameterType type : {kString, kInteger, kNumber, kBoolean, kQuantity, kEnum})
    if (at.node().scalar == ParameterTypeName(type)) {
      out.parameter.type = type;
      return;
    }
  at.Error("one of string, integer, number, boolean, quantity, enum is wanted here, not " +
           at.Shown());
}
void ReadDefault(const Cursor& at, ParameterDraft& out) { out.default_node = &at.node(); }
void ReadMin(const Cursor& at, ParameterDraft& out) { out.parameter.min = Number(at); }
void ReadMax(const Cursor& at, ParameterDraft& out) { out.parameter.max = Number(at); }
void ReadDescription(const Cursor& at, ParameterDraft& out) {
  out.parameter.description = at.node().scalar;
}
void ReadValues(const Cursor& at, ParameterDraft& out) {
  if (!at.ExpectList("a list of words")) return;
  for (const Node* item : at.node().items) out.parameter.values.push_back(item->scalar);
}

// What a parameter may say.
constexpr std::array kParameterRules = {
    KeyRule<ParameterDraft>{"default", ReadDefault},
    KeyRule<ParameterDraft>{"description", ReadDescription},
    KeyRule<ParameterDraft>{"max", ReadMax},
    KeyRule<ParameterDraft>{"min", ReadMin},
    KeyRule<ParameterDraft>{"type", ReadType},
    KeyRule<ParameterDraft>{"values", ReadValues},
};

bool IsParameterName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == name.npos;
}

// Text stays as it is written: "1.10" is not 1.1.
Result<Value> Convert(const Parameter& parameter, const Node& node) {
  const bool textual = parameter.type == ParameterType::kString ||
                       parameter.type == ParameterType::kQuantity ||
                       parameter.type == ParameterType::kEnum;
  if (textual && node.is_scalar() && !node.is_null())
    return ConvertParameter(parameter, Value(node.scalar));
  return ConvertParameter(parameter, ToValue(node));
}

// The default is converted last: its type may stand below it.
void ReadParameter(const Cursor& at, const std::string& name, Sections& out) {
  if (!IsParameterName(name))
    return at.Error("not a parameter's name: use letters, digits, '_' and '-', at most 64");
  if (IsGivenParameter(name)) return at.Error("'" + name + "' is always given: remove it");
  ParameterDraft draft;
  ReadKeys<ParameterDraft>(at, kParameterRules, draft);
  Parameter& parameter = draft.parameter;
  if (parameter.type == ParameterType::kEnum && parameter.values.empty())
    at.Error("an enum needs its `values`: a list of words");
  if (parameter.min && parameter.max && *parameter.min > *parameter.max)
    at.Error("`min` is greater than `max`");
  if (draft.default_node && !draft.default_node->is_null()) {
    auto value = Convert(parameter, *draft.default_node);
    if (value)
      parameter.default_value = std::move(*value);
    else
      at.ErrorAt(draft.default_node->begin, "the default " + value.error().message);
  }
  out.parameters.emplace(name, std::move(parameter));
}

// `limits_mark` is where a message about the plan's figures points.
struct PlanDraft {
  Plan plan;
  const std::map<std::string, Parameter>& parameters;
  Mark limits_mark;
};

template <std::optional<Quantity> Limits::* field>
void ReadLimit(const Cursor& at, PlanDraft& out) {
  auto quantity = Quantity::Parse(at.node().scalar);
  if (quantity && quantity->millis() > 0)
    out.plan.limits.*field = std::move(*quantity);
  else
    at.Error(quantity ? "a limit must be greater than 0" : quantity.error().message);
}

constexpr std::array kLimitRules = {
    KeyRule<PlanDraft>{"cpu", ReadLimit<&Limits::cpu>},
    KeyRule<PlanDraft>{"memory", ReadLimit<&Limits::memory>},
    KeyRule<PlanDraft>{"storage", ReadLimit<&Limits::storage>},
};

void ReadLimits(const Cursor& at, PlanDraft& out) {
  out.limits_mark = at.mark();
  ReadKeys<PlanDraft>(at, kLimitRules, out);
}

// Only declared ones: a plan with a misspelled parameter would sell nothing.
void ReadPlanParameters(const Cursor& at, PlanDraft& out) {
  if (!at.ExpectMapping("a mapping of parameters")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    auto declared = out.parameters.find(entry.key);
    if (declared == out.parameters.end()) {
      item.Error("'" + entry.key.substr(0, 64) +
                 "' is not declared: add it under x-kuberlogic-parameters");
      continue;
    }
    auto value = Convert(declared->second, item.node());
    if (value)
      out.plan.parameters.emplace(entry.key, std::move(*value));
    else
      item.Error(value.error().message);
  }
}

void ReadPolicy(const Cursor& at, PlanDraft& out) {
  if (!IsParameterName(at.node().scalar))
    return at.Error("a policy's name is wanted here, not " + at.Shown());
  out.plan.policy = at.node().scalar;
}

void ReadVersion(const Cursor& at, PlanDraft& out) {
  if (!at.node().is_scalar() || at.node().scalar.empty())
    return at.Error("a version such as \"6.1\" is wanted here");
  out.plan.version = at.node().scalar;
}

constexpr std::array kPlanRules = {
    KeyRule<PlanDraft>{"limits", ReadLimits},
    KeyRule<PlanDraft>{"parameters", ReadPlanParameters},
    KeyRule<PlanDraft>{"policy", ReadPolicy},
    KeyRule<PlanDraft>{"version", ReadVersion},
};

void ReadPlans(const Cursor& at, Sections& out) {
  if (!ExpectEntries(at, "a mapping of plans")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    PlanDraft draft{{}, out.parameters, entry.mark};
    if (!item.node().is_null()) ReadKeys<PlanDraft>(item, kPlanRules, draft);
    out.plans.emplace(entry.key, std::move(draft.plan));
    out.plan_marks.emplace(entry.key, draft.limits_mark);
  }
}

// Names exclude dots, so that none can be taken for the place of a generated value.
void ReadSecretDefinitions(const Cursor& at, Sections& out) {
  if (!ExpectEntries(at, "a mapping from name to expression")) return;
  for (const Entry& entry : at.node().entries) {
    Cursor item(at, entry);
    if (!IsParameterName(entry.key)) {
      item.Error("not a secret's name: use letters, digits, '_' and '-', at most 64");
    } else if (!item.node().is_scalar()) {
      item.Error("an expression such as \"{{ GenerateKey 32 }}\" is wanted here");
    } else {
      if (!item.node().text)
        item.Error(
            "a secret written here would be the same for every customer: "
            "use \"{{ GenerateKey 32 }}\"");
      out.secrets.push_back({entry.key, &item.node()});
    }
  }
}

}  // namespace

Value ToValue(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kSequence: {
      ValueList list;
      for (const Node* item : node.items) list.push_back(ToValue(*item));
      return list;
    }
    case Node::Kind::kMapping: {
      ValueMap map;
      for (const Entry& entry : node.entries) map.emplace(entry.key, ToValue(*entry.value));
      return map;
    }
    case Node::Kind::kScalar: break;
  }
  if (node.is_null()) return {};
  if (node.plain && (node.scalar == "true" || node.scalar == "false"))
    return Value(node.scalar == "true");
  if (node.plain)
    if (auto number = ParseNumber(node.scalar);
        number && node.scalar.find('_') == std::string::npos)
      return std::move(*number);
  return Value(node.scalar);
}

bool IsGivenParameter(std::string_view name) {
  return name == "customer_email" || name == "customer_name" || name == "plan";
}

Sections ReadSections(const Node& root, std::vector<Diagnostic>& diagnostics) {
  Sections out;
  // Nothing is evaluated here, so the session needs no instance.
  const Value data;
  const RenderInput input;
  Budget budget;
  SecretBook book({input, out.secrets, data, budget}, {});
  Session session{{}, data, book, budget, diagnostics, true};
  Cursor top(session, &root);
  auto read = [&](std::string_view key, auto reader) {
    for (const Entry& entry : root.entries)
      if (entry.key == key) reader(Cursor(top, entry));
  };
  read("x-kuberlogic-parameters", [&](const Cursor& at) {
    if (!ExpectEntries(at, "a mapping of parameters")) return;
    for (const Entry& entry : at.node().entries) ReadParameter(Cursor(at, entry), entry.key, out);
  });
  read("x-kuberlogic-plans", [&](const Cursor& at) { ReadPlans(at, out); });
  read("x-kuberlogic-secrets", [&](const Cursor& at) { ReadSecretDefinitions(at, out); });
  read("x-kuberlogic-welcome", [&](const Cursor& at) {
    if (at.node().is_scalar())
      out.welcome = &at.node();
    else
      at.Error("a text is wanted here");
  });
  return out;
}

}  // namespace kl::tmpl
