#include "template/functions.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "template/expr_eval.h"
#include "template/go_format.h"

namespace kl::tmpl {
namespace {

using Outcome = std::expected<Value, std::string>;
using Args = std::span<Value>;

// Far beyond any key in use.
constexpr std::int64_t kKeyLettersMax = 4096;

std::unexpected<std::string> Fail(std::string message) {
  return std::unexpected(std::move(message));
}

Outcome Text(std::expected<std::string, std::string> text) {
  if (!text) return Fail(text.error());
  return Value(std::move(*text));
}

// A whole number in [low, high], given as one or as its text.
std::expected<std::int64_t, std::string> Integer(const Value& value, std::int64_t low,
                                                 std::int64_t high) {
  const auto* number = std::get_if<std::int64_t>(&value.data);
  if (number && *number >= low && *number <= high) return *number;
  return Fail("takes a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

// ---- logic and comparison ----

// `and` and `or` when no argument decided earlier, and PersistentSecret, whose work the evaluator
// does.
Outcome Last(Args args, EvalHost&) { return args.back(); }
Outcome Not(Args args, EvalHost&) { return Value(IsEmpty(args[0])); }
Outcome Default(Args args, EvalHost&) { return IsEmpty(args[1]) ? args[0] : args[1]; }

std::optional<double> Number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value.data))
    return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  return std::nullopt;
}

// Numbers compare by value, whatever their type; a missing value equals only another one.
std::expected<bool, std::string> Same(const Value& a, const Value& b) {
  if (a.data.index() == b.data.index()) return a == b;
  if (auto x = Number(a), y = Number(b); x && y) return *x == *y;
  if (a.is_null() || b.is_null()) return false;
  return Fail("values of different types cannot be compared: use printf \"%v\"");
}

std::expected<bool, std::string> Less(const Value& a, const Value& b) {
  if (const auto *x = std::get_if<std::int64_t>(&a.data), *y = std::get_if<std::int64_t>(&b.data);
      x && y)
    return *x < *y;
  if (auto x = Number(a), y = Number(b); x && y) return *x < *y;
  if (const std::string *x = a.as_string(), *y = b.as_string(); x && y) return *x < *y;
  return Fail("takes two numbers or two strings");
}

// One against any of the others, as in Go.
Outcome Eq(Args args, EvalHost&) {
  for (const Value& other : args.subspan(1)) {
    auto same = Same(args[0], other);
    if (!same) return Fail(same.error());
    if (*same) return Value(true);
  }
  return Value(false);
}

// GCC 12's std::expected has no transform().
Outcome Truth(std::expected<bool, std::string> result, bool negated) {
  if (!result) return Fail(result.error());
  return Value(*result != negated);
}

Outcome Ne(Args args, EvalHost&) { return Truth(Same(args[0], args[1]), true); }
Outcome Lt(Args args, EvalHost&) { return Truth(Less(args[0], args[1]), false); }
Outcome Ge(Args args, EvalHost&) { return Truth(Less(args[0], args[1]), true); }
Outcome Gt(Args args, EvalHost&) { return Truth(Less(args[1], args[0]), false); }
Outcome Le(Args args, EvalHost&) { return Truth(Less(args[1], args[0]), true); }

// ---- text and collections ----

Outcome Len(Args args, EvalHost&) {
  const Value& value = args[0];
  std::size_t size = 0;
  if (const std::string* text = value.as_string())
    size = text->size();
  else if (const auto* list = std::get_if<ValueList>(&value.data))
    size = list->size();
  else if (const ValueMap* map = value.as_map())
    size = map->size();
  else
    return Fail("takes a string, a list or a map");
  return Value(static_cast<std::int64_t>(size));
}

// A missing key of a map gives no value; an index beyond a list is an error, as in Go.
Outcome Index(Args args, EvalHost&) {
  Value value = args[0];
  for (const Value& key : args.subspan(1)) {
    Value inner;
    if (const auto* list = std::get_if<ValueList>(&value.data)) {
      auto at = Integer(key, 0, static_cast<std::int64_t>(list->size()) - 1);
      if (!at) return Fail("out of range: the list has " + std::to_string(list->size()));
      inner = (*list)[static_cast<std::size_t>(*at)];
    } else if (const ValueMap* map = value.as_map()) {
      if (!key.as_string()) return Fail("takes a string as the key of a map");
      auto it = map->find(*key.as_string());
      if (it != map->end()) inner = it->second;
    } else {
      return Fail("takes a list or a map");
    }
    value = std::move(inner);
  }
  return value;
}

// Of text by bytes, as in Go.
Outcome Slice(Args args, EvalHost&) {
  const std::string* text = args[0].as_string();
  const auto* list = std::get_if<ValueList>(&args[0].data);
  if (!text && !list) return Fail("takes a string or a list");
  const auto size = static_cast<std::int64_t>(text ? text->size() : list->size());
  std::int64_t from = 0, to = size;
  if (args.size() > 1) {
    auto given = Integer(args[1], 0, size);
    if (!given) return Fail(given.error());
    from = *given;
  }
  if (args.size() > 2) {
    auto given = Integer(args[2], from, size);
    if (!given) return Fail(given.error());
    to = *given;
  }
  if (text) return Value(text->substr(from, to - from));
  return Value(ValueList(list->begin() + from, list->begin() + to));
}

// As Go: a space between two operands when neither is a string.
Outcome Print(Args args, EvalHost&) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0 && !args[i].as_string() && !args[i - 1].as_string()) out += ' ';
    out += ToText(args[i]);
  }
  return Value(std::move(out));
}

Outcome Println(Args args, EvalHost&) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) out += (i ? " " : "") + ToText(args[i]);
  return Value(out + '\n');
}

Outcome Printf(Args args, EvalHost&) {
  if (!args[0].as_string()) return Fail("takes a format string first");
  return Text(GoFormat(*args[0].as_string(), args.subspan(1)));
}

// The form of a URL's query: a space becomes '+'.
Outcome UrlQuery(Args args, EvalHost&) {
  std::string out;
  for (char c : ToText(args[0])) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    const bool keep = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-_.~").find(c) != std::string_view::npos;
    if (keep)
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return Value(std::move(out));
}

Outcome Base64Of(Args args, EvalHost&) { return Value(Base64(ToText(args[0]))); }

// ---- what the instance has ----

Outcome EndpointOf(Args args, EvalHost& host) {
  return Value(host.Endpoint(args.empty() ? "" : ToText(args[0])));
}

Outcome NamedSecret(Args args, EvalHost& host) {
  if (!args[0].as_string()) return Fail("takes the name of a secret");
  return Text(host.NamedSecret(*args[0].as_string()));
}

Outcome GenerateKey(Args args, EvalHost& host) {
  auto letters = Integer(args[0], 1, kKeyLettersMax);
  if (!letters) return Fail(letters.error());
  return Value(host.NewKey(static_cast<std::size_t>(*letters)));
}

// Up to 4096 bits: a larger key would hold the caller's thread for seconds.
Outcome GenerateRsa(Args args, EvalHost& host) {
  auto bits = args.empty() ? 2048 : Integer(args[0], 1024, 4096);
  if (!bits) return Fail(bits.error());
  return Text(host.NewRsaKey(static_cast<int>(*bits)));
}

constexpr std::size_t kAny = Function::kAny;
using Kind = Function::Kind;

// Sorted by name.
constexpr std::array kFunctions = {
    Function{"Base64", 1, 1, Base64Of},
    Function{"Endpoint", 0, 1, EndpointOf},
    Function{"GenerateKey", 1, 1, GenerateKey, Kind::kGenerator},
    Function{"GenerateRSA", 0, 1, GenerateRsa, Kind::kGenerator},
    Function{"GenerateRSAKey", 0, 1, GenerateRsa, Kind::kGenerator},
    Function{"PersistentSecret", 1, 2, Last, Kind::kPersistent},
    Function{"Secret", 1, 1, NamedSecret},
    Function{"and", 1, kAny, Last, Kind::kAnd},
    Function{"default", 2, 2, Default},
    Function{"eq", 2, kAny, Eq},
    Function{"ge", 2, 2, Ge},
    Function{"gt", 2, 2, Gt},
    Function{"index", 1, kAny, Index},
    Function{"le", 2, 2, Le},
    Function{"len", 1, 1, Len},
    Function{"lt", 2, 2, Lt},
    Function{"ne", 2, 2, Ne},
    Function{"not", 1, 1, Not},
    Function{"or", 1, kAny, Last, Kind::kOr},
    Function{"print", 0, kAny, Print},
    Function{"printf", 1, kAny, Printf},
    Function{"println", 0, kAny, Println},
    Function{"slice", 1, 3, Slice},
    Function{"urlquery", 1, 1, UrlQuery},
};
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

}  // namespace

const Function* FindFunction(std::string_view name) {
  auto it = std::ranges::lower_bound(kFunctions, name, {}, &Function::name);
  return it != kFunctions.end() && it->name == name ? &*it : nullptr;
}

std::string FunctionNames() {
  std::string out;
  for (const Function& function : kFunctions)
    out += (out.empty() ? "" : ", ") + std::string(function.name);
  return out;
}

}  // namespace kl::tmpl
