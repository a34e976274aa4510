#include "template/expr_lexer.h"

#include <charconv>
#include <optional>

#include "template/go_string.h"

namespace kl::tmpl {
namespace {

// What {{- and -}} trim, and what separates words.
constexpr std::string_view kSpaces = " \t\r\n";

bool IsSpace(char c) { return kSpaces.find(c) != kSpaces.npos; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::unexpected<ExprError> FailAt(std::size_t offset, std::string message) {
  return std::unexpected(ExprError{offset, std::move(message)});
}

// Tokens of one action; `end` is the offset of its "}}" (or of the '-' before it).
class ActionLexer {
 public:
  ActionLexer(std::string_view scalar, std::size_t begin) : scalar_(scalar), at_(begin) {}

  ExprResult<std::vector<Token>> Run() {
    while (true) {
      bool space = SkipSpace();
      if (at_ >= scalar_.size()) return FailAt(at_, "unclosed expression: '}}' is missing");
      if (Rest().starts_with("}}") || (space && Rest().starts_with("-}}"))) {
        Add(Token::Kind::kEnd, 0);
        return std::move(tokens_);
      }
      space_ = space;
      if (auto done = Next(); !done) return std::unexpected(done.error());
    }
  }
  std::size_t end() const { return at_; }

 private:
  std::string_view Rest() const { return scalar_.substr(at_); }

  bool SkipSpace() {
    std::size_t start = at_;
    while (at_ < scalar_.size() && IsSpace(scalar_[at_])) ++at_;
    return at_ > start;
  }

  std::string_view Word(std::size_t from) const {
    std::size_t to = from;
    while (to < scalar_.size() && IsWord(scalar_[to])) ++to;
    return scalar_.substr(from, to - from);
  }

  Token& Add(Token::Kind kind, std::size_t length) {
    tokens_.push_back({kind, at_, space_, "", {}});
    at_ += length;
    return tokens_.back();
  }
  void AddLiteral(Value value, std::size_t length) {
    Add(Token::Kind::kLiteral, length).literal = std::move(value);
  }

  // One token. Whether "-" begins a number or a trim marker is decided before: a marker has a space
  // in front of it and braces behind.
  ExprResult<void> Next() {
    const char c = scalar_[at_];
    const char next = at_ + 1 < scalar_.size() ? scalar_[at_ + 1] : '\0';
    switch (c) {
      case '|': Add(Token::Kind::kPipe, 1); return {};
      case '(': Add(Token::Kind::kOpen, 1); return {};
      case ')': Add(Token::Kind::kClose, 1); return {};
      case ',': Add(Token::Kind::kComma, 1); return {};
      case '=': Add(Token::Kind::kAssign, 1); return {};
      case ':':
        if (next != '=') return FailAt(at_, "unexpected ':': a variable is set with :=");
        Add(Token::Kind::kDeclare, 2);
        return {};
      case '"':
      case '\'': return Quoted(c);
      case '`': return Raw();
      case '$': {
        std::string_view name = Word(at_ + 1);
        Add(Token::Kind::kVariable, name.size() + 1).text = name;
        return {};
      }
      default: break;
    }
    if (c == '.' && !IsDigit(next)) {
      std::string_view name = Word(at_ + 1);
      Token::Kind kind = name.empty() ? Token::Kind::kDot : Token::Kind::kField;
      Add(kind, name.size() + 1).text = name;
      return {};
    }
    if (IsDigit(c) || c == '.' || c == '-' || c == '+') return Number();
    if (IsWord(c)) return Identifier();
    return FailAt(at_, "unexpected character '" + std::string(1, c) + "' in an expression");
  }

  // true, false and nil are values, everything else is for the parser to know.
  ExprResult<void> Identifier() {
    std::string_view word = Word(at_);
    if (word == "true" || word == "false")
      AddLiteral(Value(word == "true"), word.size());
    else if (word == "nil")
      AddLiteral(Value(), word.size());
    else
      Add(Token::Kind::kIdentifier, word.size()).text = word;
    return {};
  }

  // A string ends on its own line, as in Go.
  ExprResult<void> Quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < scalar_.size() && scalar_[end] != quote && scalar_[end] != '\n')
      end += scalar_[end] == '\\' ? 2 : 1;
    if (end >= scalar_.size() || scalar_[end] != quote)
      return FailAt(at_, "unterminated string: the closing quote is missing");
    auto text = Unquote(scalar_.substr(at_ + 1, end - at_ - 1));
    if (!text)
      return FailAt(at_, "unknown escape in a string: use \\n \\t \\\" \\\\ \\xNN \\uNNNN");
    const std::size_t length = end + 1 - at_;
    if (quote == '"') {
      AddLiteral(Value(std::move(*text)), length);
    } else {
      auto rune = SingleRune(*text);
      if (!rune) return FailAt(at_, "'...' is one character: write a string with double quotes");
      AddLiteral(Value(std::int64_t{*rune}), length);
    }
    return {};
  }

  ExprResult<void> Raw() {
    std::size_t end = scalar_.find('`', at_ + 1);
    if (end == scalar_.npos) return FailAt(at_, "unterminated string: the closing ` is missing");
    AddLiteral(Value(std::string(scalar_.substr(at_ + 1, end - at_ - 1))), end + 1 - at_);
    return {};
  }

  // Takes every character a number might have and lets the parse decide, so that "1x" is one
  // mistake and not two tokens.
  ExprResult<void> Number() {
    std::size_t end = at_ + 1;
    while (end < scalar_.size() && (IsWord(scalar_[end]) || scalar_[end] == '.' ||
                                    ((scalar_[end] == '-' || scalar_[end] == '+') &&
                                     (scalar_[end - 1] == 'e' || scalar_[end - 1] == 'E'))))
      ++end;
    auto value = ParseNumber(scalar_.substr(at_, end - at_));
    if (!value)
      return FailAt(at_, "not a number: '" + std::string(scalar_.substr(at_, end - at_)) + "'");
    AddLiteral(std::move(*value), end - at_);
    return {};
  }

  std::string_view scalar_;
  std::size_t at_;
  bool space_ = false;
  std::vector<Token> tokens_;
};

// Offset just past the comment that starts at `begin` ("/*"), or npos.
std::size_t CommentEnd(std::string_view scalar, std::size_t begin) {
  std::size_t end = scalar.find("*/", begin);
  return end == scalar.npos ? end : end + 2;
}

std::string_view TrimRight(std::string_view text) {
  std::size_t last = text.find_last_not_of(kSpaces);
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

}  // namespace

ExprResult<std::vector<Piece>> Lex(std::string_view scalar) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  bool trim_left = false;
  while (at < scalar.size()) {
    std::size_t open = scalar.find("{{", at);
    std::string_view text = scalar.substr(at, open == scalar.npos ? open : open - at);
    if (trim_left) {
      std::size_t first = text.find_first_not_of(kSpaces);
      std::size_t cut = first == text.npos ? text.size() : first;
      text.remove_prefix(cut);
      at += cut;
    }
    std::size_t inside = open == scalar.npos ? open : open + 2;
    bool trim_right = open != scalar.npos && inside + 1 < scalar.size() && scalar[inside] == '-' &&
                      IsSpace(scalar[inside + 1]);
    if (trim_right) {
      inside += 2;
      text = TrimRight(text);
    }
    if (!text.empty()) pieces.push_back({false, at, text, {}});
    if (open == scalar.npos) break;

    std::size_t end;
    if (scalar.substr(inside).starts_with("/*")) {
      end = CommentEnd(scalar, inside);
      if (end == scalar.npos) return FailAt(open, "unclosed comment: '*/' is missing");
      if (scalar.substr(end).starts_with(" -}}")) ++end;
      if (!scalar.substr(end).starts_with("}}") && !scalar.substr(end).starts_with("-}}"))
        return FailAt(open, "a comment must fill its braces: {{/* ... */}}");
    } else {
      ActionLexer lexer(scalar, inside);
      auto tokens = lexer.Run();
      if (!tokens) return std::unexpected(tokens.error());
      pieces.push_back({true, open, {}, std::move(*tokens)});
      end = lexer.end();
    }
    trim_left = scalar[end] == '-';
    at = end + (trim_left ? 3 : 2);
  }
  return pieces;
}

}  // namespace kl::tmpl
