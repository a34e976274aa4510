// Rewrites values: variables become what `.env` gives, secrets and addresses become expressions.
#include <algorithm>
#include <array>

#include "template/import/draft.h"
#include "template/import/looks_secret.h"
#include "template/import/scalars.h"
#include "template/import/yaml_scalar.h"

namespace kl::importer {
namespace {

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// Replaces `what` where it stands as a word of its own.
template <class Allowed>
std::string ReplaceWord(std::string_view text, std::string_view what, const std::string& by,
                        Allowed allowed) {
  std::string out;
  std::size_t from = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) {
    const std::size_t end = at + what.size();
    if (at < from || (at > 0 && IsWordChar(text[at - 1])) ||
        (end < text.size() && IsWordChar(text[end])) || !allowed(text, at, end))
      continue;
    (out += text.substr(from, at - from)) += by;
    from = end;
  }
  return out.append(text.substr(from));
}

// "http://host" with or without a port, as a whole origin.
std::string ReplaceOrigin(std::string_view literal, const std::string& origin) {
  return ReplaceWord(literal, origin, Ledger::EndpointToken(),
                     [](std::string_view text, std::size_t, std::size_t end) {
                       return end == text.size() || text[end] != ':' || end + 1 == text.size() ||
                              text[end + 1] < '0' || text[end + 1] > '9';
                     });
}

std::string MarkHosts(const Draft& draft, std::string_view text) {
  std::string out(text);
  auto apply = [&](auto change) { out = MapLiterals(out, change); };
  for (const std::string& host : draft.hosts) {
    for (std::string_view scheme : {"http://", "https://"}) {
      const std::string origin = std::string(scheme) + host;
      // A port of its own goes with the host.
      apply([&](std::string_view literal) {
        std::string changed(literal);
        for (auto at = changed.find(origin + ":"); at != changed.npos;
             at = changed.find(origin + ":", at + 1)) {
          std::size_t end = at + origin.size() + 1;
          while (end < changed.size() && changed[end] >= '0' && changed[end] <= '9') ++end;
          changed.erase(at + origin.size(), end - at - origin.size());
        }
        return ReplaceOrigin(changed, origin);
      });
    }
    // The part behind the '@' of an address of mail belongs to somebody's mailbox.
    apply([&](std::string_view literal) {
      return ReplaceWord(literal, host, Ledger::HostToken(),
                         [](std::string_view where, std::size_t at, std::size_t) {
                           return at == 0 || where[at - 1] != '@';
                         });
    });
  }
  return out;
}

bool NamesHost(std::string_view setting) {
  constexpr std::array<std::string_view, 14> kWords = {
      "host",   "hosts", "hostname", "url",     "uri",    "addr",     "address",
      "server", "dsn",   "endpoint", "brokers", "broker", "upstream", "servers"};
  return std::ranges::any_of(WordsOf(setting), [&](const std::string& word) {
    return std::ranges::find(kWords, word) != kWords.end();
  });
}

// Other names of a service, where they stand as an address.
std::string ReplaceAliases(const Draft& draft, std::string_view literal, std::string_view setting) {
  std::string out(literal);
  for (const auto& [alias, service] : draft.aliases)
    out = ReplaceWord(
        out, alias, service, [&](std::string_view text, std::size_t at, std::size_t end) {
          if (NamesHost(setting)) return true;
          const bool before = at > 1 && (text.substr(at - 2, 2) == "//" || text[at - 1] == '@');
          const bool port = end + 1 < text.size() && text[end] == ':' && text[end + 1] >= '0' &&
                            text[end + 1] <= '9';
          return before || port;
        });
  return out;
}

std::string MarkUrlPasswords(Draft& draft, std::string_view text, const Place& place) {
  return MapLiterals(text, [&](std::string_view literal) {
    std::string out;
    std::size_t from = 0;
    for (Span at = FindUrlPassword(literal, 0); at.size > 0;
         at = FindUrlPassword(literal, at.begin + at.size)) {
      const std::string name = place.setting.empty() ? "url_password" : place.setting + "_password";
      const int number = draft.ledger.Add(name, UrlDecode(literal.substr(at.begin, at.size)));
      (out += literal.substr(from, at.begin - from)) += Ledger::SecretToken(number);
      from = at.begin + at.size;
    }
    return out.append(literal.substr(from));
  });
}

bool IsSecretFlag(std::string_view word) {
  constexpr std::array<std::string_view, 7> kFlags = {
      "--requirepass", "--password", "--pass", "--auth-token", "--api-key", "--secret", "--token"};
  return std::ranges::find(kFlags, word) != kFlags.end();
}

// "--requirepass hunter2" and "--password=hunter2" in one line of a command.
std::string MarkFlags(Draft& draft, std::string_view text) {
  return MapLiterals(text, [&](std::string_view literal) {
    std::string out;
    bool next = false;
    while (!literal.empty()) {
      const std::size_t end = std::min(literal.find_first_of(" \n\t"), literal.size());
      std::string_view word = literal.substr(0, end);
      const std::size_t equals = word.find('=');
      if (next && !word.empty() && word[0] != '$' && word[0] != '\'' && word[0] != '"') {
        out += Ledger::SecretToken(draft.ledger.Add("command_password", word));
      } else if (equals != word.npos && IsSecretFlag(word.substr(0, equals)) &&
                 equals + 1 < word.size() && word[equals + 1] != '$') {
        out += word.substr(0, equals + 1);
        out += Ledger::SecretToken(draft.ledger.Add("command_password", word.substr(equals + 1)));
      } else {
        out += word;
      }
      if (!word.empty()) next = IsSecretFlag(word);
      literal.remove_prefix(end);
      if (literal.empty()) break;
      out += literal[0];
      literal.remove_prefix(1);
    }
    return out;
  });
}

// What a variable's replacement tells the reader. Those without a value are decided by a person.
std::string ExplainUses(Draft& draft, const std::vector<VariableUse>& uses, const ScalarAt& at) {
  std::string out;
  auto say = [&](const std::string& text) {
    if (out.find(text) == out.npos) (out += out.empty() ? "" : "; ") += text;
  };
  for (const VariableUse& use : uses) {
    switch (use.from) {
      case VariableUse::From::kFile:
        say(use.name + " is written out: " + draft.env_name + " line " + std::to_string(use.line));
        break;
      case VariableUse::From::kDefault:
        say(use.name + " is written out: not in " + draft.env_name + ", so its default");
        break;
      case VariableUse::From::kSecret: break;  // told by its expression
      case VariableUse::From::kNothing:
        draft.ledger.AddParameter(use.name, use.required);
        say(use.name + " is a parameter");
        if (draft.told.insert("variable " + use.name).second)
          draft.Decide(at.mark.line, at.place.path,
                       use.name + " has no value in " + draft.env_name +
                           ": give the parameter of that name a default, or a value in each plan");
        break;
    }
  }
  return out;
}

class Rewriter {
 public:
  explicit Rewriter(Draft& draft) : draft_(draft) {}

  void Visit(const ScalarAt& at) {
    std::vector<VariableUse> uses;
    std::string marked;
    if (at.bare) {
      // Compose takes it from the environment it is started in.
      const std::string name = at.place.setting;
      marked = draft_.variables.Value(name, uses);
    } else {
      marked = draft_.variables.Resolve(at.text, uses);
    }
    marked = MarkText(draft_, marked, at.place);
    if (at.before && IsSecretFlag(at.before->scalar) && marked.find('\x01') == marked.npos)
      marked = Ledger::SecretToken(draft_.ledger.Add("command_password", marked));
    const bool command = at.place.path.find(".command") != std::string::npos ||
                         at.place.path.find(".entrypoint") != std::string::npos;
    if (command) marked = MarkFlags(draft_, marked);
    const std::string prefix = std::string(at.prefix) + (at.bare && at.is_item ? "=" : "");
    const std::string text = prefix + draft_.ledger.Finish(marked);
    if (text == at.node.scalar && !at.bare) return;
    std::string why = ExplainUses(draft_, uses, at);
    const std::string told = Explain(draft_, marked, at.mark.line, at.place.path);
    if (!told.empty()) (why += why.empty() ? "" : "; ") += told;
    if (why.empty()) why = Other(at, marked);
    draft_.Change(at.mark.line, at.place.path, why);
    edits_.push_back(Replace(at, text));
  }

  void Finish() { draft_.Apply(std::move(edits_), "values"); }

 private:
  // A change that is neither of a variable nor an expression.
  std::string Other(const ScalarAt& at, std::string_view marked) const {
    for (const auto& [alias, service] : draft_.aliases)
      if (at.text.find(alias) != at.text.npos && marked.find(service) != marked.npos)
        return "'" + alias + "' is service '" + service +
               "' here: services are reached by their name";
    return "text that would have a meaning in a template is escaped";
  }

  Edit Replace(const ScalarAt& at, const std::string& text) const {
    const SourceText& source = draft_.source;
    ScalarStyle style{' ', at.flow, source.IndentOf(at.mark.line) + 2};
    if (at.bare && !at.is_item) {
      const std::size_t begin = source.OffsetOf(at.node.begin);
      const std::size_t end = source.OffsetOf(at.node.end);
      const bool spaced = begin > 0 && source.text()[begin - 1] == ' ';
      return {begin, end, (spaced ? "" : " ") + WriteScalar(text, style)};
    }
    const std::size_t begin = source.ValueBegin(at.node);
    const char first = source.text()[begin];
    if (first != '|' && first != '>') {
      if (first == '\'' || first == '"') style.like = first;
      return {begin, source.OffsetOf(at.node.end), WriteScalar(text, style)};
    }
    const int last = source.LastLineOf(at.mark, at.is_item);
    for (int line = source.LineAt(begin) + 1; line <= last; ++line) {
      const std::size_t content = source.LineBegin(line) + source.IndentOf(line);
      if (source.text()[content] == '\n') continue;
      style.indent = source.IndentOf(line);
      break;
    }
    style.like = '|';
    return {begin, source.LineBegin(last + 1), WriteScalar(text, style)};
  }

  Draft& draft_;
  std::vector<Edit> edits_;
};

}  // namespace

std::string MarkText(Draft& draft, std::string_view resolved, const Place& place) {
  std::string out(resolved);
  if (!place.setting.empty() && out.find('\x01') == out.npos && LooksSecret(place.setting, out))
    return Ledger::SecretToken(draft.ledger.Add(place.setting, out));
  out = MarkUrlPasswords(draft, out, place);
  out = draft.ledger.MarkSecrets(out);
  // A probe asks from inside: there the local address is right.
  if (!place.is_probe && place.path.find(".image") == std::string::npos) {
    std::vector<std::string> origins = draft.origins;
    std::ranges::sort(origins, [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const std::string& origin : origins)
      out = MapLiterals(out,
                        [&](std::string_view literal) { return ReplaceOrigin(literal, origin); });
    out = MarkHosts(draft, out);
  }
  const bool name = place.path.ends_with("container_name") || place.path.ends_with("hostname") ||
                    place.path.find(".links[") != std::string::npos ||
                    place.path.find(".networks") != std::string::npos;
  if (name) return out;
  return MapLiterals(
      out, [&](std::string_view literal) { return ReplaceAliases(draft, literal, place.setting); });
}

std::string Explain(Draft& draft, std::string_view marked, int line, const std::string& path) {
  std::string out;
  auto say = [&](const std::string& text) {
    if (out.find(text) == out.npos) (out += out.empty() ? "" : "; ") += text;
  };
  for (auto at = marked.find('\x01'); at != marked.npos; at = marked.find('\x01', at + 1)) {
    const char kind = marked[at + 1];
    if (kind == 'e') say("the public address: {{ Endpoint }}");
    if (kind == 'h') say("the public host: {{ .Host }}");
    if (kind != 's') continue;
    const int number = std::stoi(std::string(marked.substr(at + 2)));
    const KnownSecret& secret = draft.ledger.secrets()[static_cast<std::size_t>(number)];
    if (!secret.foreign) {
      say("a secret of each instance: " + draft.ledger.Expression(number));
      continue;
    }
    say("a parameter, for it opens an account elsewhere: " + draft.ledger.Expression(number));
    if (draft.told.insert("foreign " + secret.name).second)
      draft.Decide(
          line, path,
          secret.variable +
              " opens an account elsewhere, so no value can be invented: give the parameter "
              "of that name a value in each plan, or remove the setting");
  }
  return out;
}

std::string FinishContent(Draft& draft, std::string_view content) {
  return draft.ledger.Finish(MarkText(draft, content, {"file", "", false}));
}

void RewriteValues(Draft& draft) {
  Rewriter rewriter(draft);
  ForEachScalar(draft, [&](const ScalarAt& at) { rewriter.Visit(at); });
  rewriter.Finish();
}

}  // namespace kl::importer
