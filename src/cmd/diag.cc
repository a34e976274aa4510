#include "cmd/diag.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "base/subprocess.h"
#include "cli/output.h"
#include "cli/yaml_writer.h"
#include "cmd/diag_scrub.h"
#include "cmd/version.h"
#include "net/io_loop.h"
#include "resources/time_text.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience(20);
constexpr std::streamoff kLogBytesMax = 4 << 20;
constexpr int kExplainedMax = 50;

// "2026-11-24T01:08:25.123Z" as part of a file's name.
std::string Stamp() {
  std::string time = FormatTime(net::IoLoop().Now()).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

// The archive's folder while it is filled; nobody else may look into it.
class Folder {
 public:
  Folder(std::string name, Scrubber scrubber)
      : name_(std::move(name)), scrubber_(std::move(scrubber)) {
    std::string pattern = (fs::temp_directory_path() / "kuberlogic-diag-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) root_ = pattern;
    std::error_code ignored;
    if (!root_.empty()) fs::create_directory(root_ / name_, ignored);
  }
  ~Folder() {
    std::error_code ignored;
    if (!root_.empty()) fs::remove_all(root_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void Add(const std::string& file, const std::string& text) {
    std::ofstream(root_ / name_ / file) << scrubber_.Text(text);
  }
  void Problem(const std::string& text) { problems_ += text + "\n"; }
  // For what another program writes; to be read, scrubbed and removed.
  fs::path scratch() const { return root_ / "scratch"; }

  Status Pack(const std::string& output) {
    Add("problems.txt", problems_.empty() ? "none\n" : problems_);
    ::umask(077);
    return RunProcessOk({"tar", "--owner=0", "--group=0", "-czf", output, "-C", root_, name_},
                        std::chrono::minutes(2));
  }

 private:
  std::string name_;
  Scrubber scrubber_;
  fs::path root_;
  std::string problems_;
};

std::string AsYaml(const Value& value) {
  std::ostringstream out;
  cli::WriteYaml(out, value);
  return out.str();
}

std::string FirstLine(const std::vector<std::string>& argv) {
  auto ran = RunProcess(argv, kPatience);
  if (!ran) return ran.error().message;
  return ran->output.substr(0, ran->output.find('\n'));
}

void AddVersions(Folder& folder, const std::string& caddy) {
  std::ostringstream out;
  utsname kernel{};
  ::uname(&kernel);
  out << "kuberlogic: " << Version() << "\nkernel: " << kernel.sysname << " " << kernel.release
      << " " << kernel.machine << "\n";
  std::ifstream release("/etc/os-release");
  for (std::string line; std::getline(release, line);)
    if (line.starts_with("PRETTY_NAME=")) out << "system: " << line.substr(12) << "\n";
  out << "caddy: " << FirstLine({caddy, "version"}) << "\n";
  for (const char* engine : {"podman", "docker"})
    out << engine << ": " << FirstLine({engine, "--version"}) << "\n";
  folder.Add("versions.txt", out.str());
}

void AddMachine(Folder& folder, const std::string& data_dir) {
  std::ostringstream out;
  out << "processors: " << ::sysconf(_SC_NPROCESSORS_ONLN) << "\n";
  std::ifstream memory("/proc/meminfo");
  for (std::string line; std::getline(memory, line);)
    if (line.starts_with("Mem") || line.starts_with("Swap")) out << line << "\n";
  std::ifstream pressure("/proc/loadavg");
  if (std::string line; std::getline(pressure, line)) out << "load: " << line << "\n";
  struct statvfs disk{};
  if (::statvfs(data_dir.c_str(), &disk) == 0) {
    out << "disk of " << data_dir << ": " << (disk.f_bavail * disk.f_frsize >> 20) << " of "
        << (disk.f_blocks * disk.f_frsize >> 20) << " MiB free, " << disk.f_favail << " of "
        << disk.f_files << " inodes\n";
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_dir, error)) {
    out << "  " << entry.path().filename().string();
    if (entry.is_regular_file(error)) out << " " << entry.file_size(error) << " bytes";
    out << "\n";
  }
  if (error) folder.Problem(data_dir + ": " + error.message());
  folder.Add("machine.txt", out.str());
}

void AddConfiguration(Folder& folder, const Config& config) {
  ValueMap out;
  for (const ConfigKey& key : ConfigKeys()) out[std::string(key.name)] = key.show(config);
  folder.Add("configuration.yaml", AsYaml(out));
}

// What the API shows. False when it cannot be reached, so that the rest need not be asked.
bool AddAnswer(Folder& folder, cli::Client& client, const std::string& file,
               const std::string& path) {
  auto answer = client.Get(path);
  if (!answer) {
    folder.Problem(path + ": " + answer.error().message);
    return answer.error().kind != ErrorKind::kUnavailable;
  }
  MaskParameters(*answer);
  folder.Add(file, AsYaml(*answer));
  return true;
}

// What is not as it should be, explained.
void AddExplanations(Folder& folder, cli::Client& client) {
  auto services = client.Get("/api/v1/services/");
  const auto* list = services ? std::get_if<ValueList>(&services->data) : nullptr;
  ValueMap out;
  for (const Value& each : list ? *list : ValueList{}) {
    const std::string id = cli::At(each, "id");
    if (cli::At(each, "status") == "Ready" || out.size() >= kExplainedMax) continue;
    auto told = client.Get("/api/v1/explain/" + net::PercentEncode(id));
    out[id] = told ? std::move(*told) : Value(told.error().message);
  }
  Value all = std::move(out);
  MaskParameters(all);
  folder.Add("explanations.yaml", AsYaml(all));
}

void AddObjects(Folder& folder, const cli::Globals& globals) {
  cli::Client client(globals);
  static constexpr std::pair<const char*, const char*> kAnswers[] = {
      {"info.yaml", "/api/v1/info"},
      {"status.yaml", "/api/v1/status"},
      {"services.yaml", "/api/v1/services/"},
      {"subscriptions.yaml", "/api/v1/subscriptions/"},
      {"templates.yaml", "/api/v1/templates"},
      {"events.yaml", "/api/v1/events/?limit=500"},
      {"audit.yaml", "/api/v1/audit?limit=500"}};
  for (const auto& [file, path] : kAnswers)
    if (!AddAnswer(folder, client, file, path)) return;
  AddExplanations(folder, client);
  std::ostringstream metrics;
  if (Status got = client.Follow("/metrics", metrics); !got)
    folder.Problem("/metrics: " + got.error().message);
  folder.Add("metrics.txt", metrics.str());
}

// The last lines of a file, none when it cannot be read.
std::string Tail(const fs::path& path, int lines) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  in.seekg(std::max<std::streamoff>(0, in.tellg() - kLogBytesMax));
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    last.push_back(std::move(line));
    if (std::ssize(last) > lines) last.pop_front();
  }
  std::string out;
  for (const std::string& line : last) out += line + "\n";
  return out;
}

void AddLogs(Folder& folder, const std::string& data_dir, const DiagWish& wish) {
  // The journal is asked through a file: it may be longer than what RunProcess keeps.
  const std::string script =
      R"(journalctl -u "kuberlogic*" -n "$1" --no-pager --quiet -o short-iso >"$2")";
  auto journal = RunProcess(
      {"sh", "-c", script, "sh", std::to_string(wish.lines), folder.scratch()}, kPatience);
  if (!journal || journal->exit_code != 0)
    folder.Problem("journal: " + (journal ? journal->output : journal.error().message));
  else
    folder.Add("journal.log", Tail(folder.scratch(), wish.lines));
  std::vector<fs::path> files(wish.logs.begin(), wish.logs.end());
  for (const fs::path& place : {fs::path(data_dir), fs::path(data_dir) / "gateway"}) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(place, ignored))
      if (entry.path().extension() == ".log") files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    const std::string text = Tail(file, wish.lines);
    if (text.empty())
      folder.Problem(file.string() + ": nothing to read");
    else
      folder.Add(file.stem().string() + ".log", text);
  }
}

}  // namespace

int Diag(const Result<Config>& config, const cli::Globals& globals, const DiagWish& wish) {
  const std::string name = "kuberlogic-diag-" + Stamp();
  const std::string output = wish.output.empty() ? name + ".tar.gz" : wish.output;
  std::error_code ignored;
  if (fs::exists(output, ignored)) {
    *globals.err << "kuberlogic: " << output << " is there already: name another file\n";
    return 2;
  }
  const Config used = config ? *config : Config{};
  Scrubber scrubber(used);
  scrubber.Add(globals.token.Reveal());
  Folder folder(name, std::move(scrubber));
  if (!config) folder.Problem("configuration: " + config.error().message);
  AddVersions(folder, used.caddy);
  AddMachine(folder, used.data_dir);
  if (config) AddConfiguration(folder, used);
  AddObjects(folder, globals);
  AddLogs(folder, used.data_dir, wish);
  if (Status packed = folder.Pack(output); !packed) {
    *globals.err << "kuberlogic: " << output << ": " << packed.error().message << "\n";
    return 2;
  }
  *globals.out
      << "Diagnostics information is saved into " << output
      << "\nSecrets and e-mail addresses were taken out; look into it before you send it.\n";
  return 0;
}

}  // namespace kl::cmd
