#include "cli/reference.h"

#include <sstream>

namespace kl::cli {
namespace {

constexpr char kBegin[] = R"(# Commands of `kuberlogic`

One program: `kuberlogic serve` is the control plane, every other command a client of its REST API unless said
otherwise. `kuberlogic COMMAND --help` shows the same in the terminal. This page is made from the program.

The API's address and token come from the flags, else from `KUBERLOGIC_HOSTNAME` and `KUBERLOGIC_TOKEN` (old: `TOKEN`), else
from `~/.config/kuberlogic/config.yaml` (`hostname`, `scheme`, `token`), else from the
[configuration](configuration.md) of `serve` on this machine: `api_listen`, `token`, `<data_dir>/token`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | usage: flags, arguments, a field or a file that cannot be right |
| 3 | not found |
| 4 | conflict |
| 5 | the API cannot be reached, or what it needs cannot |
| 6 | denied |

A secret's value is given as `@FILE` or as `-` for standard input. One written out is still taken, for old scripts; it is wiped
from the process list and warned of.

## Flags of every command

)";

constexpr char kEnd[] = R"(
## Calls of the old product

They go on working for every verb there is:

- verbs by their long names: `service serviceList`, `serviceAdd`, `serviceGet`, `serviceEdit`, `serviceDelete`, `serviceLogs`,
  `serviceExplain`, `serviceSecretsList`, `serviceCredentialsUpdate` (or `credentials-update`);
- ids as flags: `--id`, `--service_id`, `--subscription_id`; `--backup_schedule` and `--use_letsencrypt` with their underscores;
- `service delete --id ID` removes without `--yes`, as it always did;
- `--format string` is the table, and `service add`, `edit` and `delete` then answer with the old sentences;
- `--config` may name a file with `hostname`, `scheme` and `token`.
)";

std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string Names(const FlagDoc& flag) {
  std::string out;
  for (const std::string& name : flag.names) out += (out.empty() ? "`" : ", `") + name + "`";
  return out;
}

std::string Meaning(const FlagDoc& flag) {
  std::string out = Cell(flag.help);
  const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  std::string words;
  for (const std::string& word : flag.words) words += (words.empty() ? "`" : ", `") + word + "`";
  if (!words.empty()) add("one of " + words);
  if (!flag.fallback.empty()) add("`" + flag.fallback + "` unless set");
  if (!flag.argument.empty() && !flag.names.empty()) add("also " + Names(flag));
  if (flag.argument.empty() && flag.required) add("required");
  return out;
}

void Table(std::ostream& out, const CommandDoc& command) {
  if (command.arguments.empty() && command.flags.empty()) return;
  out << "| argument or flag | meaning |\n|---|---|\n";
  for (const FlagDoc& each : command.arguments)
    out << "| `" << each.argument << "` | " << Meaning(each) << " |\n";
  for (const FlagDoc& each : command.flags)
    out << "| " << Names(each) << (each.takes_value ? "" : " (switch)") << " | " << Meaning(each)
        << " |\n";
}

void Heading(std::ostream& out, const CommandDoc& command, const std::string& path) {
  out << " `" << path;
  for (const FlagDoc& each : command.arguments) {
    const std::string name = each.argument + (each.repeats ? "..." : "");
    out << " " << (each.required ? name : "[" + name + "]");
  }
  out << "`\n\n" << command.help << ".\n";
}

// The verbs below a command, or itself when it is one; `level`: "##" or deeper.
void Write(std::ostream& out, const CommandDoc& command, const std::string& path,
           const char* level) {
  for (const CommandDoc& each : command.commands) Write(out, each, path + " " + each.name, level);
  if (!command.commands.empty()) return;
  out << "\n" << level;
  Heading(out, command, path);
  if (command.name == "serve") {
    out << "Its flags are the keys of the [configuration](configuration.md).\n";
  } else if (!command.arguments.empty() || !command.flags.empty()) {
    out << "\n";
    Table(out, command);
  }
}

}  // namespace

std::string ReferencePage(const CommandDoc& root) {
  std::ostringstream out;
  out << kBegin;
  Table(out, root);
  for (const CommandDoc& each : root.commands) {
    const std::string path = "kuberlogic " + each.name;
    if (!each.commands.empty()) out << "\n## " << path << "\n\n" << each.help << ".\n";
    Write(out, each, path, each.commands.empty() ? "##" : "###");
  }
  out << kEnd;
  return out.str();
}

}  // namespace kl::cli
