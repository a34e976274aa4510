#include "template/expr_parser.h"

#include <algorithm>
#include <array>
#include <span>

#include "template/expr_lexer.h"
#include "template/functions.h"
#include "template/interpolate.h"

namespace kl::tmpl {
namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 10> kDataFields = {
    "Endpoint",   "Host",     "Insecure",   "Name",    "Namespace",
    "Parameters", "Replicas", "TLSEnabled", "Version", "VolumeSize"};

constexpr std::array<std::string_view, 10> kKeywords = {
    "if", "else", "end", "with", "range", "break", "continue", "define", "template", "block"};

bool IsKeyword(const Token& token) {
  return token.kind == Kind::kIdentifier &&
         std::find(kKeywords.begin(), kKeywords.end(), token.text) != kKeywords.end();
}

std::unexpected<ExprError> FailAt(std::size_t offset, std::string message) {
  return std::unexpected(ExprError{offset, std::move(message)});
}

// Recursive descent over the pieces of one scalar. Everything that can be known without data is
// refused here, so that a mistake in a branch nobody takes is found all the same.
class Parser {
 public:
  explicit Parser(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  ExprResult<Text> Run() {
    variables_.push_back({"", 0});
    auto end = List(text_.body, 0);
    if (!end) return std::unexpected(end.error());
    if (*end != Ending::kEndOfText)
      return FailAt(pieces_[next_ - 1].offset, "{{ end }} or {{ else }} without a beginning");
    text_.slots = slots_;
    return std::move(text_);
  }

 private:
  // What ended a list of statements.
  enum class Ending { kEndOfText, kEnd, kElse };

  // Statements up to the action that ends the list, which is consumed; tokens_ still points at it.
  ExprResult<Ending> List(std::vector<Statement>& out, int depth) {
    if (depth > kBlockDepthMax) return FailAt(pieces_[next_ - 1].offset, "nested too deeply");
    const std::size_t scope = variables_.size();
    while (next_ < pieces_.size()) {
      const Piece& piece = pieces_[next_++];
      if (!piece.is_action) {
        if (auto done = CompileLiteral(piece.text, piece.offset, out, text_.parameters); !done)
          return std::unexpected(done.error());
        continue;
      }
      tokens_ = &piece.tokens;
      at_ = 0;
      if (Peek().kind == Kind::kEnd) return FailAt(piece.offset, "an empty expression: {{ }}");
      if (TakeKeyword("end") || TakeKeyword("else")) {
        variables_.resize(scope);
        if ((*tokens_)[0].text == "else") return Ending::kElse;
        if (auto done = ExpectEnd(); !done) return std::unexpected(done.error());
        return Ending::kEnd;
      }
      if (auto done = Action(piece.offset, out, depth); !done) return std::unexpected(done.error());
    }
    variables_.resize(scope);
    return Ending::kEndOfText;
  }

  // The inside of one pair of braces.
  ExprResult<void> Action(std::size_t offset, std::vector<Statement>& out, int depth) {
    Statement statement;
    statement.offset = offset;
    if (IsKeyword(Peek())) {
      const std::string word = Peek().text;
      if (word == "break" || word == "continue") {
        ++at_;
        if (loops_ == 0) return FailAt(offset, "{{ " + word + " }} outside of {{ range }}");
        statement.kind = word == "break" ? Statement::Kind::kBreak : Statement::Kind::kContinue;
        out.push_back(std::move(statement));
        return ExpectEnd();
      }
      if (word == "if" || word == "with" || word == "range") {
        ++at_;
        if (auto done = Block(statement, word, depth); !done) return done;
        out.push_back(std::move(statement));
        return {};
      }
      return FailAt(offset, "{{ " + word + " }} is not supported: write the text where it is used");
    }
    auto pipeline = ParsePipeline(false, 0);
    if (!pipeline) return std::unexpected(pipeline.error());
    statement.kind = pipeline->slots.empty() ? Statement::Kind::kPrint : Statement::Kind::kAssign;
    statement.pipeline = std::move(*pipeline);
    out.push_back(std::move(statement));
    return ExpectEnd();
  }

  // After the word: pipeline, body, perhaps else [if|with ...], end.
  ExprResult<void> Block(Statement& statement, const std::string& word, int depth) {
    statement.kind = word == "if"     ? Statement::Kind::kIf
                     : word == "with" ? Statement::Kind::kWith
                                      : Statement::Kind::kRange;
    const bool moves_dot = word != "if";
    const std::size_t scope = variables_.size();
    auto pipeline = ParsePipeline(word == "range", 0);
    if (!pipeline) return std::unexpected(pipeline.error());
    statement.pipeline = std::move(*pipeline);
    if (auto done = ExpectEnd(); !done) return done;
    loops_ += word == "range";
    dot_moved_ += moves_dot;
    auto ending = List(statement.body, depth + 1);
    loops_ -= word == "range";
    dot_moved_ -= moves_dot;
    if (ending && *ending == Ending::kElse) ending = Else(statement, depth);
    variables_.resize(scope);
    if (!ending) return std::unexpected(ending.error());
    if (*ending == Ending::kEndOfText)
      return FailAt(statement.offset, "{{ " + word + " }} without {{ end }}");
    if (*ending == Ending::kElse) return FailAt(statement.offset, "a second {{ else }}");
    return {};
  }

  ExprResult<Ending> Else(Statement& statement, int depth) {
    const std::size_t offset = pieces_[next_ - 1].offset;
    if (Peek().kind == Kind::kEnd) return List(statement.otherwise, depth + 1);
    const bool chained = (Peek().text == "if" && statement.kind == Statement::Kind::kIf) ||
                         (Peek().text == "with" && statement.kind == Statement::Kind::kWith);
    if (!chained || !IsKeyword(Peek()))
      return FailAt(offset, "unexpected words after else: use {{ else }} or {{ else if ... }}");
    if (depth + 1 > kBlockDepthMax) return FailAt(offset, "nested too deeply");
    Statement inner;
    inner.offset = offset;
    std::string word = Peek().text;
    ++at_;
    // The chained block takes the common {{ end }}.
    if (auto done = Block(inner, word, depth + 1); !done) return std::unexpected(done.error());
    statement.otherwise.push_back(std::move(inner));
    return Ending::kEnd;
  }

  const Token& Peek(std::size_t ahead = 0) const {
    return (*tokens_)[std::min(at_ + ahead, tokens_->size() - 1)];
  }
  bool TakeKeyword(std::string_view word) {
    if (Peek().kind != Kind::kIdentifier || Peek().text != word) return false;
    ++at_;
    return true;
  }
  ExprResult<void> ExpectEnd() {
    if (Peek().kind == Kind::kEnd) return {};
    return FailAt(Peek().offset, "unexpected '" + Peek().text + "' in an expression");
  }

  // Variables may be declared at the outermost level only, not inside parentheses.
  ExprResult<Pipeline> ParsePipeline(bool in_range, int depth) {
    Pipeline pipeline;
    pipeline.offset = Peek().offset;
    std::vector<std::string> declared;
    if (depth == 0) {
      auto variables = ParseVariables(pipeline, in_range);
      if (!variables) return std::unexpected(variables.error());
      declared = std::move(*variables);
    }
    while (true) {
      auto command = ParseCommand(!pipeline.commands.empty(), depth);
      if (!command) return std::unexpected(command.error());
      pipeline.commands.push_back(std::move(*command));
      if (Peek().kind != Kind::kPipe) break;
      ++at_;
    }
    // A variable is known only after its own pipeline.
    for (std::string& name : declared) {
      pipeline.slots.push_back(slots_);
      variables_.push_back({std::move(name), slots_++});
    }
    return pipeline;
  }

  // `$x :=`, `$x =`, `$i, $x :=`. The names to declare; an assignment goes to pipeline.slots.
  ExprResult<std::vector<std::string>> ParseVariables(Pipeline& pipeline, bool in_range) {
    std::vector<std::string> names;
    if (Peek().kind != Kind::kVariable || Peek().text.empty()) return names;
    if (Peek(1).kind == Kind::kDeclare) {
      names.push_back(Peek().text);
      at_ += 2;
    } else if (Peek(1).kind == Kind::kAssign) {
      auto slot = FindVariable(Peek());
      if (!slot) return std::unexpected(slot.error());
      pipeline.slots.push_back(*slot);
      at_ += 2;
    } else if (Peek(1).kind == Kind::kComma) {
      if (!in_range || Peek(2).kind != Kind::kVariable || Peek(3).kind != Kind::kDeclare)
        return FailAt(Peek().offset, "two variables stand in {{ range $i, $x := ... }} only");
      names = {Peek().text, Peek(2).text};
      at_ += 4;
    }
    return names;
  }

  // The innermost of that name.
  ExprResult<std::size_t> FindVariable(const Token& token) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
      if (it->first == token.text) return it->second;
    return FailAt(token.offset, "undefined variable $" + token.text + ": set it before with $" +
                                    token.text + " := ...");
  }

  ExprResult<Command> ParseCommand(bool piped, int depth) {
    Command command;
    const std::size_t offset = Peek().offset;
    while (Peek().kind != Kind::kEnd && Peek().kind != Kind::kPipe && Peek().kind != Kind::kClose) {
      if (!command.operands.empty() && !Peek().space_before)
        return FailAt(Peek().offset, "a space is missing in an expression");
      auto operand = ParseOperand(depth);
      if (!operand) return std::unexpected(operand.error());
      command.operands.push_back(std::move(*operand));
    }
    if (command.operands.empty()) return FailAt(offset, "a value is missing in an expression");
    if (auto done = CheckCall(command, piped); !done) return std::unexpected(done.error());
    return command;
  }

  // The number of arguments, and what only a look at the words can tell.
  ExprResult<void> CheckCall(Command& command, bool piped) {
    Expr& head = command.operands.front();
    const std::size_t args = command.operands.size() - 1 + (piped ? 1 : 0);
    const bool of_data =
        head.kind == Expr::Kind::kField || (head.kind == Expr::Kind::kVariable && head.slot == 0);
    const bool endpoint = of_data && head.fields == std::vector<std::string>{"Endpoint"};
    if (head.kind != Expr::Kind::kCall) {
      if (args == 0 || (endpoint && args == 1)) return {};
      return FailAt(head.offset, "not a function: only a function takes arguments");
    }
    const Function& function = *head.function;
    for (const Expr& operand : std::span(command.operands).subspan(1))
      if (operand.kind == Expr::Kind::kCall && operand.function->args_min > 0)
        return FailAt(operand.offset,
                      std::string(operand.function->name) +
                          " takes arguments: write both in parentheses, as in (len .Name)");
    if (args < function.args_min || args > function.args_max)
      return FailAt(head.offset, "wrong number of arguments for " + std::string(function.name) +
                                     ": " + std::to_string(args));
    if (function.kind == Function::Kind::kPersistent && !piped)
      return FailAt(head.offset,
                    "nothing to keep: write {{ GenerateKey 32 | PersistentSecret \"name\" }}");
    // Both orders are in use: `default "x" .Version` and `default .Version "x"`. The constant is
    // the default.
    if (function.name == "default" && !piped && command.operands[1].kind != Expr::Kind::kLiteral &&
        command.operands[2].kind == Expr::Kind::kLiteral)
      std::swap(command.operands[1], command.operands[2]);
    if (function.name == "Secret" && command.operands.size() == 2 &&
        command.operands[1].literal.as_string())
      text_.secrets.emplace_back(head.offset, *command.operands[1].literal.as_string());
    return {};
  }

  // One word of a command, with the fields that follow it without a space.
  ExprResult<Expr> ParseOperand(int depth) {
    const Token token = Peek();
    ++at_;
    Expr expr;
    expr.offset = token.offset;
    switch (token.kind) {
      case Kind::kLiteral: expr.literal = token.literal; return expr;
      case Kind::kDot: expr.kind = Expr::Kind::kDot; return expr;
      case Kind::kField:
        expr.kind = Expr::Kind::kField;
        expr.fields.push_back(token.text);
        break;
      case Kind::kVariable: {
        auto slot = FindVariable(token);
        if (!slot) return std::unexpected(slot.error());
        expr.kind = Expr::Kind::kVariable;
        expr.slot = *slot;
        break;
      }
      case Kind::kIdentifier: return ParseIdentifier(token, std::move(expr));
      case Kind::kOpen: {
        if (depth >= kParenDepthMax) return FailAt(token.offset, "nested too deeply");
        auto inner = ParsePipeline(false, depth + 1);
        if (!inner) return std::unexpected(inner.error());
        if (Peek().kind != Kind::kClose)
          return FailAt(token.offset, "unclosed '(': ')' is missing");
        ++at_;
        expr.kind = Expr::Kind::kPipeline;
        expr.inner = std::make_shared<const Pipeline>(std::move(*inner));
        break;
      }
      default: return FailAt(token.offset, "unexpected character in an expression");
    }
    while (Peek().kind == Kind::kField && !Peek().space_before) {
      expr.fields.push_back(Peek().text);
      ++at_;
    }
    return CheckFields(std::move(expr));
  }

  ExprResult<Expr> ParseIdentifier(const Token& token, Expr expr) {
    expr.kind = Expr::Kind::kCall;
    expr.function = FindFunction(token.text);
    if (!expr.function)
      return FailAt(token.offset,
                    IsKeyword(token)
                        ? "'" + token.text + "' must stand first in its braces"
                        : "unknown function '" + token.text + "': known are " + FunctionNames());
    const bool generator = expr.function->kind == Function::Kind::kGenerator;
    text_.generates |= generator;
    text_.uses_secret |= generator || expr.function->name == "Secret";
    return expr;
  }

  // Fields of the data are known beforehand, unless `with` or `range` moved the dot.
  ExprResult<Expr> CheckFields(Expr expr) {
    const bool of_data = (expr.kind == Expr::Kind::kField && dot_moved_ == 0) ||
                         (expr.kind == Expr::Kind::kVariable && expr.slot == 0);
    if (!of_data || expr.fields.empty()) return expr;
    const std::string& first = expr.fields.front();
    if (std::find(kDataFields.begin(), kDataFields.end(), first) == kDataFields.end())
      return FailAt(expr.offset,
                    "unknown field ." + first + ": parameters are read as .Parameters." + first);
    if (first == "Parameters" && expr.fields.size() > 1)
      text_.parameters.emplace_back(expr.offset, expr.fields[1]);
    return expr;
  }

  std::vector<Piece> pieces_;
  std::size_t next_ = 0;
  const std::vector<Token>* tokens_ = nullptr;
  std::size_t at_ = 0;
  int loops_ = 0;
  int dot_moved_ = 0;
  std::size_t slots_ = 1;
  std::vector<std::pair<std::string, std::size_t>> variables_;
  Text text_;
};

}  // namespace

ExprResult<Text> Compile(std::string_view scalar) {
  auto pieces = Lex(scalar);
  if (!pieces) return std::unexpected(pieces.error());
  return Parser(std::move(*pieces)).Run();
}

}  // namespace kl::tmpl
