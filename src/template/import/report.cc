// What a person reads after an import.
#include "template/import/import.h"

namespace kl::importer {
namespace {

constexpr std::size_t kWidth = 96;

// Wrapped at words, the lines after the first indented.
void Wrap(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  out.append(indent, ' ');
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kWidth) {
      (out += '\n').append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

void List(std::string& out, const Imported& imported, Finding::Kind kind) {
  for (const Finding& finding : imported.findings) {
    if (finding.kind != kind) continue;
    const std::string line = std::to_string(finding.line);
    out += "  line " + std::string(line.size() < 4 ? 4 - line.size() : 0, ' ') + line;
    if (!finding.path.empty()) out += "  " + finding.path;
    out += '\n';
    Wrap(out, finding.message, 13);
  }
}

std::string Count(std::size_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

}  // namespace

std::string Report(const Imported& imported, const ReportNames& names) {
  const std::size_t changes = imported.CountOf(Finding::Kind::kChange);
  const std::size_t decisions = imported.CountOf(Finding::Kind::kDecision);
  const std::string target = names.target.empty() ? "the template" : names.target;
  std::string out = names.source + " -> " + target + ": " + Count(changes, "change", "changes") +
                    ", " + Count(decisions, "decision", "decisions") +
                    " left (lines are those of " + names.source + ")\n";
  if (changes > 0) {
    out += "\nChanged\n";
    List(out, imported, Finding::Kind::kChange);
  }
  if (decisions > 0) {
    out += "\nFor you to decide\n";
    List(out, imported, Finding::Kind::kDecision);
  }
  const std::string file = names.target.empty() ? "FILE" : names.target;
  out += '\n';
  if (decisions > 0)
    out += "Decide these in " + target + ", then run: kuberlogic template check " + file + "\n";
  else
    out += "Set your plans at the end of " + target + ", then run: kuberlogic template check " +
           file + "\n";
  return out;
}

}  // namespace kl::importer
