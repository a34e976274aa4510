#include "template/interpolate.h"

namespace kl::tmpl {
namespace {

// ${A:-${B:-...}}: deep enough for any sane file.
constexpr int kNestingMax = 8;

bool StartsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool ContinuesName(char c) { return StartsName(c) || (c >= '0' && c <= '9'); }

// Empty when no name begins there.
std::string_view NameAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  if (at < text.size() && StartsName(text[at]))
    while (end < text.size() && ContinuesName(text[end])) ++end;
  return text.substr(at, end - at);
}

class Interpolator {
 public:
  using Names = std::vector<std::pair<std::size_t, std::string>>;
  Interpolator(std::string_view text, std::size_t offset, Names& names)
      : text_(text), offset_(offset), names_(names) {}

  // Up to the end, or to the '}' that closes an enclosing ${ when `nesting` > 0.
  ExprResult<void> Run(std::vector<Statement>& out, int nesting) {
    std::string literal;
    auto flush = [&] {
      if (literal.empty()) return;
      Statement& statement = out.emplace_back();
      statement.offset = offset_ + at_;
      statement.text = std::move(literal);
      literal.clear();
    };
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '}' && nesting > 0) break;
      if (c != '$') {
        literal += c;
        ++at_;
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '$') {
        literal += '$';
        at_ += 2;
      } else {
        flush();
        if (auto done = Variable(out, nesting); !done) return done;
      }
    }
    flush();
    return {};
  }

 private:
  std::unexpected<ExprError> Fail(std::size_t at, std::string message) {
    return std::unexpected(ExprError{offset_ + at, std::move(message)});
  }

  // After the '$': a name, perhaps in braces, perhaps with an operator and its text.
  ExprResult<void> Variable(std::vector<Statement>& out, int nesting) {
    const std::size_t start = at_;
    const bool braces = at_ + 1 < text_.size() && text_[at_ + 1] == '{';
    at_ += braces ? 2 : 1;
    std::string_view name = NameAt(text_, at_);
    if (name.empty()) return Fail(start, "a lone '$': write $$ for a literal $");
    at_ += name.size();
    names_.emplace_back(offset_ + start, std::string(name));
    Statement& statement = out.emplace_back();
    statement.kind = Statement::Kind::kVariable;
    statement.offset = offset_ + start;
    statement.interpolation.name = name;
    if (!braces) return {};
    Interpolation& interpolation = statement.interpolation;
    if (auto done = Operator(interpolation, start); !done) return done;
    if (interpolation.use != Interpolation::Use::kValue) {
      if (nesting >= kNestingMax) return Fail(start, "variables nested too deeply");
      if (auto done = Run(interpolation.fallback, nesting + 1); !done) return done;
    }
    if (at_ >= text_.size())
      return Fail(start, "unclosed '${': '}' is missing (an expression cannot stand inside)");
    ++at_;
    return {};
  }

  // ":-", "-", ":?", "?", ":+" or "+"; nothing when the brace closes at once.
  ExprResult<void> Operator(Interpolation& interpolation, std::size_t start) {
    if (at_ < text_.size() && text_[at_] == '}') return {};
    if (at_ < text_.size() && text_[at_] == ':') {
      interpolation.empty_counts_as_unset = true;
      ++at_;
    }
    switch (at_ < text_.size() ? text_[at_] : '\0') {
      case '-': interpolation.use = Interpolation::Use::kDefault; break;
      case '?': interpolation.use = Interpolation::Use::kRequired; break;
      case '+': interpolation.use = Interpolation::Use::kAlternative; break;
      default:
        return Fail(start,
                    "not a variable: use ${NAME}, ${NAME:-default}, ${NAME:?text} or "
                    "${NAME:+other}");
    }
    ++at_;
    return {};
  }

  std::string_view text_;
  std::size_t offset_;
  Names& names_;
  std::size_t at_ = 0;
};

}  // namespace

ExprResult<void> CompileLiteral(std::string_view text, std::size_t offset,
                                std::vector<Statement>& out,
                                std::vector<std::pair<std::size_t, std::string>>& names) {
  return Interpolator(text, offset, names).Run(out, 0);
}

}  // namespace kl::tmpl
