#include "template/expr_eval.h"

#include <algorithm>

namespace kl::tmpl {
namespace {

std::unexpected<ExprError> FailAt(std::size_t offset, std::string message) {
  return std::unexpected(ExprError{offset, std::move(message)});
}

const Value kNil;

// One evaluation of one scalar. Variables live in slots the parser numbered; `dot_` points at what
// `.` is. Every way through it pays the budget, so that no template runs for long, whatever its
// loops are.
class Evaluator {
 public:
  Evaluator(const Text& text, EvalInput input) : input_(input), slots_(text.slots) {
    dot_ = &input_.data;
  }

  ExprResult<std::string> Run(const Text& text) {
    auto flow = List(text.body);
    if (!flow) return std::unexpected(flow.error());
    return std::move(out_);
  }

 private:
  // How a list of statements ended: {{ break }} and {{ continue }} travel up to their range.
  enum class Flow { kNext, kBreak, kContinue };

  ExprResult<void> Charge(std::size_t offset, std::size_t bytes) {
    if (input_.budget.Take(bytes)) return {};
    return FailAt(offset, "too much work: this template computes more than one render may");
  }

  ExprResult<void> Write(std::size_t offset, std::string_view text) {
    if (out_.size() + text.size() > kOutputBytesMax)
      return FailAt(offset, "the value grows too large: at most 1 MiB");
    out_ += text;
    return Charge(offset, text.size());
  }

  ExprResult<Flow> List(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      auto flow = Execute(statement);
      if (!flow || *flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
  }

  ExprResult<Flow> Execute(const Statement& statement) {
    ExprResult<void> done;
    switch (statement.kind) {
      case Statement::Kind::kText: done = Write(statement.offset, statement.text); break;
      case Statement::Kind::kVariable: return Variable(statement);
      case Statement::Kind::kPrint: done = Print(statement); break;
      case Statement::Kind::kAssign: {
        auto value = Evaluate(statement.pipeline);
        if (!value) return std::unexpected(value.error());
        slots_[statement.pipeline.slots.front()] = std::move(*value);
        break;
      }
      case Statement::Kind::kIf:
      case Statement::Kind::kWith: return Branch(statement);
      case Statement::Kind::kRange: return Range(statement);
      case Statement::Kind::kBreak: return Flow::kBreak;
      case Statement::Kind::kContinue: return Flow::kContinue;
    }
    if (!done) return std::unexpected(done.error());
    return Flow::kNext;
  }

  ExprResult<void> Print(const Statement& statement) {
    auto value = Evaluate(statement.pipeline);
    if (!value) return std::unexpected(value.error());
    if (const std::string* text = value->as_string()) return Write(statement.offset, *text);
    if (value->is_null())
      return FailAt(statement.offset,
                    "no value: declare the parameter with a default under "
                    "x-kuberlogic-parameters, or write {{ or ... \"default\" }}");
    return Write(statement.offset, ToText(*value));
  }

  // ${NAME...}: a parameter, in literal text.
  ExprResult<Flow> Variable(const Statement& statement) {
    const Interpolation& variable = statement.interpolation;
    const Value& parameters = Field(input_.data, "Parameters");
    const Value& value = Field(parameters, variable.name);
    const bool set = !value.is_null() && !(variable.empty_counts_as_unset && value.as_string() &&
                                           value.as_string()->empty());
    using Use = Interpolation::Use;
    if (variable.use == Use::kAlternative)
      return set ? List(variable.fallback) : ExprResult<Flow>(Flow::kNext);
    if (set) {
      auto done = Write(statement.offset, ToText(value));
      if (!done) return std::unexpected(done.error());
      return Flow::kNext;
    }
    if (variable.use == Use::kDefault) return List(variable.fallback);
    const std::string& name = variable.name;
    return FailAt(statement.offset, "no value for ${" + name + "}: declare '" + name +
                                        "' under x-kuberlogic-parameters, write ${" + name +
                                        ":-default}, or $$ for a literal $");
  }

  // `with` moves the dot to its value for the body, not for {{ else }}.
  ExprResult<Flow> Branch(const Statement& statement) {
    auto value = Evaluate(statement.pipeline);
    if (!value) return std::unexpected(value.error());
    if (!statement.pipeline.slots.empty()) slots_[statement.pipeline.slots.front()] = *value;
    if (IsEmpty(*value)) return List(statement.otherwise);
    if (statement.kind == Statement::Kind::kIf) return List(statement.body);
    const Value* outer = std::exchange(dot_, &*value);
    auto flow = List(statement.body);
    dot_ = outer;
    return flow;
  }

  // Maps in order of their keys, as in Go: the same data gives the same text.
  ExprResult<Flow> Range(const Statement& statement) {
    auto value = Evaluate(statement.pipeline);
    if (!value) return std::unexpected(value.error());
    if (IsEmpty(*value)) return List(statement.otherwise);
    const Value* outer = dot_;
    ExprResult<Flow> flow = Flow::kNext;
    if (const auto* list = std::get_if<ValueList>(&value->data)) {
      for (std::size_t i = 0; i < list->size() && flow && *flow != Flow::kBreak; ++i)
        flow = Iteration(statement, Value(static_cast<std::int64_t>(i)), (*list)[i]);
    } else if (const ValueMap* map = value->as_map()) {
      for (auto it = map->begin(); it != map->end() && flow && *flow != Flow::kBreak; ++it)
        flow = Iteration(statement, Value(it->first), it->second);
    } else {
      return FailAt(statement.offset, "range takes a list or a map");
    }
    dot_ = outer;
    if (!flow) return flow;
    return Flow::kNext;
  }

  // One variable takes the element, two take key and element.
  ExprResult<Flow> Iteration(const Statement& statement, Value key, const Value& element) {
    if (auto paid = Charge(statement.offset, 0); !paid) return std::unexpected(paid.error());
    const auto& slots = statement.pipeline.slots;
    if (!slots.empty()) slots_[slots.back()] = element;
    if (slots.size() == 2) slots_[slots.front()] = std::move(key);
    dot_ = &element;
    return List(statement.body);
  }

  // ---- expressions ----

  // Null where there is none, so that `or` and `default` can step in.
  static const Value& Field(const Value& of, std::string_view name) {
    const ValueMap* map = of.as_map();
    if (!map) return kNil;
    auto it = map->find(std::string(name));
    return it == map->end() ? kNil : it->second;
  }

  ExprResult<Value> Evaluate(const Pipeline& pipeline) {
    const std::size_t count = pipeline.commands.size();
    std::size_t first = 0;
    std::optional<Value> piped;
    // What PersistentSecret already keeps is not computed again.
    for (std::size_t i = 1; i < count; ++i) {
      const Expr& head = pipeline.commands[i].operands.front();
      if (!IsPersistent(head)) continue;
      auto kept = Persistent(pipeline, first, i);
      if (!kept) return kept;
      piped = std::move(*kept);
      first = i + 1;
    }
    return EvaluateRange(pipeline, first, count, std::move(piped));
  }

  static bool IsPersistent(const Expr& head) {
    return head.kind == Expr::Kind::kCall && head.function->kind == Function::Kind::kPersistent;
  }

  ExprResult<Value> EvaluateRange(const Pipeline& pipeline, std::size_t first, std::size_t last,
                                  std::optional<Value> piped) {
    for (std::size_t i = first; i < last; ++i) {
      auto value = Evaluate(pipeline.commands[i], piped ? &*piped : nullptr);
      if (!value) return value;
      piped = std::move(*value);
    }
    if (!piped) return Value();
    return std::move(*piped);
  }

  // Commands before `at` are computed only when nothing is kept under the id yet; generators among
  // them are then kept by it and not by themselves.
  ExprResult<Value> Persistent(const Pipeline& pipeline, std::size_t first, std::size_t at) {
    const Command& command = pipeline.commands[at];
    std::string id;
    if (command.operands.size() > 1) {
      auto named = Operand(command.operands[1]);
      if (!named) return named;
      id = ToText(*named);
    } else {
      id = NextPlace();
    }
    if (const std::string* kept = input_.host.Kept(id)) return Value(*kept);
    const bool outer = std::exchange(keeps_itself_, true);
    auto value = EvaluateRange(pipeline, first, at, std::nullopt);
    keeps_itself_ = outer;
    if (!value) return value;
    std::string text = ToText(*value);
    if (text.empty()) return FailAt(command.operands.front().offset, "nothing to keep: empty");
    input_.host.Keep(id, text);
    return Value(std::move(text));
  }

  // "services.web.environment.KEY", then "...KEY#2" for the second value of the same scalar.
  std::string NextPlace() {
    ++places_;
    std::string place = input_.host.Place();
    return places_ == 1 ? place : place + "#" + std::to_string(places_);
  }

  ExprResult<Value> Evaluate(const Command& command, const Value* piped) {
    const Expr& head = command.operands.front();
    if (auto paid = Charge(head.offset, 0); !paid) return std::unexpected(paid.error());
    if (head.kind == Expr::Kind::kCall) return Call(command, piped);
    if (piped && !IsEndpoint(head))
      return FailAt(head.offset, "not a function: a value cannot be piped into it");
    if (IsEndpoint(head)) {
      std::string fallback;
      if (piped) fallback = ToText(*piped);
      if (command.operands.size() > 1) {
        auto argument = Operand(command.operands[1]);
        if (!argument) return argument;
        fallback = ToText(*argument);
      }
      return Value(input_.host.Endpoint(fallback));
    }
    return Operand(head);
  }

  // .Endpoint is a method of the data, not a field: it takes an argument. Inside `with` and `range`
  // only $.Endpoint is it.
  bool IsEndpoint(const Expr& expr) const {
    const bool of_data = (expr.kind == Expr::Kind::kField && dot_ == &input_.data) ||
                         (expr.kind == Expr::Kind::kVariable && expr.slot == 0);
    return of_data && expr.fields.size() == 1 && expr.fields[0] == "Endpoint";
  }

  // `and` and `or` stop at the first argument that decides, so what follows may fail unnoticed, as
  // in Go.
  ExprResult<Value> Call(const Command& command, const Value* piped) {
    const Expr& head = command.operands.front();
    const Function& function = *head.function;
    std::vector<Value> args;
    args.reserve(command.operands.size());
    for (std::size_t i = 1; i < command.operands.size(); ++i) {
      auto argument = Operand(command.operands[i]);
      if (!argument) return argument;
      const bool stops = (function.kind == Function::Kind::kAnd && IsEmpty(*argument)) ||
                         (function.kind == Function::Kind::kOr && !IsEmpty(*argument));
      if (stops) return argument;
      args.push_back(std::move(*argument));
    }
    if (piped) args.push_back(*piped);
    return Apply(head, args);
  }

  // Runs the function; a generator runs only when nothing is kept under its place yet.
  ExprResult<Value> Apply(const Expr& head, std::span<Value> args) {
    const Function& function = *head.function;
    std::string place;
    if (function.kind == Function::Kind::kGenerator && !keeps_itself_) {
      place = NextPlace();
      if (const std::string* kept = input_.host.Kept(place)) return Value(*kept);
    }
    auto value = function.body(args, input_.host);
    if (!value) return FailAt(head.offset, std::string(function.name) + ": " + value.error());
    const std::string* text = value->as_string();
    if (auto paid = Charge(head.offset, text ? text->size() : 0); !paid)
      return std::unexpected(paid.error());
    if (text && text->size() > kOutputBytesMax)
      return FailAt(head.offset, "the value grows too large: at most 1 MiB");
    if (!place.empty() && text) input_.host.Keep(place, *text);
    return std::move(*value);
  }

  ExprResult<Value> Operand(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kLiteral: return expr.literal;
      case Expr::Kind::kDot: return Copy(expr, *dot_);
      case Expr::Kind::kField:
        if (IsEndpoint(expr)) return Value(input_.host.Endpoint(""));
        return Chain(expr, *dot_);
      case Expr::Kind::kVariable:
        if (IsEndpoint(expr)) return Value(input_.host.Endpoint(""));
        return Chain(expr, expr.slot == 0 ? input_.data : slots_[expr.slot]);
      case Expr::Kind::kCall: return Apply(expr, {});
      case Expr::Kind::kPipeline: {
        auto value = Evaluate(*expr.inner);
        if (!value || expr.fields.empty()) return value;
        Value whole = std::move(*value);
        return Chain(expr, whole);
      }
    }
    return Value();
  }

  // A missing key of a map is nil; a field of anything else is an error.
  ExprResult<Value> Chain(const Expr& expr, const Value& start) {
    const Value* value = &start;
    for (const std::string& field : expr.fields) {
      if (!value->as_map() && !value->is_null())
        return FailAt(expr.offset, "no field ." + field + ": not a map");
      value = &Field(*value, field);
    }
    return Copy(expr, *value);
  }

  // Copying a large list at every step would be work nobody counts.
  ExprResult<Value> Copy(const Expr& expr, const Value& value) {
    std::size_t size = 0;
    if (const std::string* text = value.as_string()) size = text->size();
    if (const auto* list = std::get_if<ValueList>(&value.data)) size = list->size() * 64;
    if (const ValueMap* map = value.as_map()) size = map->size() * 64;
    if (auto paid = Charge(expr.offset, size); !paid) return std::unexpected(paid.error());
    return value;
  }

  EvalInput input_;
  const Value* dot_;
  std::vector<Value> slots_;
  std::string out_;
  int places_ = 0;
  bool keeps_itself_ = false;
};

}  // namespace

bool IsEmpty(const Value& value) {
  struct Visitor {
    bool operator()(std::monostate) const { return true; }
    bool operator()(bool v) const { return !v; }
    bool operator()(std::int64_t v) const { return v == 0; }
    bool operator()(double v) const { return v == 0; }
    bool operator()(const std::string& v) const { return v.empty(); }
    bool operator()(const ValueList& v) const { return v.empty(); }
    bool operator()(const ValueMap& v) const { return v.empty(); }
  };
  return std::visit(Visitor(), value.data);
}

ExprResult<std::string> Evaluate(const Text& text, EvalInput input) {
  return Evaluator(text, input).Run(text);
}

}  // namespace kl::tmpl
