#include "cli/completion.h"

#include <functional>
#include <sstream>

namespace kl::cli {
namespace {

using Visit = std::function<void(const std::string& path, const CommandDoc&)>;

// Every command with its path: "" the program, "/service/add" a verb.
void Walk(const CommandDoc& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const CommandDoc& each : command.commands) Walk(each, path + "/" + each.name, visit);
}

std::string Join(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

// In single quotes; a quote inside ends them, stands escaped and begins them again.
std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string AllPaths(const CommandDoc& root, const char* between) {
  std::vector<std::string> out;
  Walk(root, "", [&out](const std::string& path, const CommandDoc&) {
    if (!path.empty()) out.push_back(path);
  });
  return Join(out, between);
}

struct Value {
  std::string patterns;  // "*:--format|*:-o": where the word before says so
  std::vector<std::string> words;
};

// The program's own flags are understood behind every verb.
std::vector<Value> Values(const CommandDoc& root) {
  std::vector<Value> out;
  Walk(root, "", [&out](const std::string& path, const CommandDoc& command) {
    for (const FlagDoc& flag : command.flags) {
      if (!flag.takes_value) continue;
      Value value{.words = flag.words};
      for (const std::string& name : flag.names) {
        value.patterns += (value.patterns.empty() ? "" : "|") + (path.empty() ? "*" : path) + ":";
        value.patterns += name;
      }
      out.push_back(std::move(value));
    }
  });
  return out;
}

// What may stand at a place, with its help: verbs and an argument's words, or flags.
using Item = std::pair<std::string, std::string>;
std::vector<Item> Words(const CommandDoc& command) {
  std::vector<Item> out;
  for (const CommandDoc& each : command.commands) out.emplace_back(each.name, each.help);
  for (const FlagDoc& argument : command.arguments)
    for (const std::string& word : argument.words) out.emplace_back(word, argument.help);
  return out;
}
std::vector<Item> Flags(const CommandDoc& command, const CommandDoc& root) {
  std::vector<Item> out;
  for (const FlagDoc& flag : command.flags)
    for (const std::string& name : flag.names) out.emplace_back(name, flag.help);
  if (&command != &root)
    for (const Item& item : Flags(root, root)) out.push_back(item);
  return out;
}

std::string Names(const std::vector<Item>& items) {
  std::vector<std::string> out;
  for (const auto& [name, help] : items) out.push_back(name);
  return Join(out, " ");
}

std::string Bash(const CommandDoc& root) {
  std::ostringstream out;
  out << "# Completion of kuberlogic in bash: source <(kuberlogic completion bash)\n"
         "_kuberlogic() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= words= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$at/${COMP_WORDS[i]}\" in\n      "
      << AllPaths(root, "|")
      << ") at+=/${COMP_WORDS[i]} ;;\n    esac\n  done\n"
         "  COMPREPLY=()\n"
         "  case \"$at:$prev\" in\n";
  for (const Value& value : Values(root)) {
    out << "    " << value.patterns << ") ";
    if (value.words.empty())
      out << "return ;;\n";
    else
      out << "COMPREPLY=($(compgen -W " << Quoted(Join(value.words, " "))
          << " -- \"$cur\")); return ;;\n";
  }
  out << "  esac\n  case \"$at:$cur\" in\n";
  Walk(root, "", [&](const std::string& path, const CommandDoc& command) {
    out << "    " << path << ":-*) words=" << Quoted(Names(Flags(command, root))) << " ;;\n";
    out << "    " << path << ":*) words=" << Quoted(Names(Words(command))) << " ;;\n";
  });
  out << "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _kuberlogic kuberlogic\n";
  return out.str();
}

std::string ZshArray(const std::vector<Item>& items) {
  std::string out;
  for (const auto& [name, help] : items) out += " " + Quoted(name + ":" + help);
  return "(" + out + " )";
}

std::string Zsh(const CommandDoc& root) {
  std::ostringstream out;
  out << "#compdef kuberlogic\n"
         "# Completion of kuberlogic in zsh: source <(kuberlogic completion zsh), or this file as\n"
         "# _kuberlogic in a directory of $fpath.\n"
         "_kuberlogic() {\n"
         "  local at= word\n"
         "  local -a verbs flags\n"
         "  for word in ${words[2,CURRENT-1]}; do\n"
         "    case \"$at/$word\" in\n      ("
      << AllPaths(root, "|")
      << ") at+=/$word ;;\n    esac\n  done\n"
         "  case \"$at:${words[CURRENT-1]}\" in\n";
  for (const Value& value : Values(root)) {
    out << "    (" << value.patterns << ") ";
    out << (value.words.empty() ? "_files" : "compadd -- " + Join(value.words, " "))
        << "; return ;;\n";
  }
  out << "  esac\n  case \"$at\" in\n";
  Walk(root, "", [&](const std::string& path, const CommandDoc& command) {
    out << "    (" << Quoted(path) << ")\n      verbs=" << ZshArray(Words(command))
        << "\n      flags=" << ZshArray(Flags(command, root)) << " ;;\n";
  });
  out << "  esac\n"
         "  if [[ ${words[CURRENT]} == -* ]]; then\n"
         "    _describe -o flag flags\n"
         "  elif (( $#verbs )); then\n"
         "    _describe command verbs\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then\n"
         "  _kuberlogic \"$@\"\n"
         "else\n"
         "  compdef _kuberlogic kuberlogic\n"
         "fi\n";
  return out.str();
}

void FishFlag(std::ostream& out, const std::string& condition, const FlagDoc& flag) {
  out << "complete -c kuberlogic" << condition;
  for (const std::string& name : flag.names)
    out << (name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
  if (!flag.words.empty())
    out << " -x -a " << Quoted(Join(flag.words, " "));
  else if (flag.takes_value)
    out << " -r";
  out << " -d " << Quoted(flag.help) << "\n";
}

std::string Fish(const CommandDoc& root) {
  std::ostringstream out;
  out << "# Completion of kuberlogic in fish: kuberlogic completion fish | source\n"
         "function __kuberlogic_at\n"
         "  set -l at ''\n"
         "  for word in (commandline -opc)[2..-1]\n"
         "    switch \"$at/$word\"\n"
         "      case "
      << AllPaths(root, " ")
      << "\n        set at \"$at/$word\"\n"
         "    end\n"
         "  end\n"
         "  test \"$at\" = \"$argv[1]\"\n"
         "end\n";
  Walk(root, "", [&](const std::string& path, const CommandDoc& command) {
    const std::string here = " -n " + Quoted("__kuberlogic_at " + Quoted(path));
    for (const auto& [name, help] : Words(command))
      out << "complete -c kuberlogic" << here << " -f -a " << name << " -d " << Quoted(help)
          << "\n";
    for (const FlagDoc& flag : command.flags) FishFlag(out, path.empty() ? "" : here, flag);
  });
  return out.str();
}

}  // namespace

std::string Completion(const CommandDoc& root, Shell shell) {
  switch (shell) {
    case Shell::kBash: return Bash(root);
    case Shell::kZsh: return Zsh(root);
    case Shell::kFish: return Fish(root);
  }
  return {};
}

}  // namespace kl::cli
