#include "cmd/upgrade.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <ostream>

#include "base/subprocess.h"
#include "cmd/program_file.h"
#include "cmd/readiness.h"
#include "cmd/service_manager.h"
#include "cmd/state_copy.h"
#include "domain/value.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopiesKept = 3;

// Half an upgrade is worse than none: a closed terminal or Ctrl-C does not end it.
void GoOnWithoutTerminal() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
}

// <data_dir>/upgrades/<time>: the store and the program that were there before.
class Copies {
 public:
  explicit Copies(const std::string& data_dir) : root_(fs::path(data_dir) / "upgrades") {}

  // kNotFound when none is whole: the program is copied last.
  Result<fs::path> Latest() const {
    const std::vector<fs::path> found = OldestFirst();
    const auto whole = std::find_if(found.rbegin(), found.rend(), [](const fs::path& each) {
      return fs::exists(each / "program");
    });
    if (whole != found.rend()) return *whole;
    return Fail(ErrorKind::kNotFound, "no upgrade to go back from: none is in " + root_.string());
  }
  Result<fs::path> Make(WallTime now) const {
    const fs::path made =
        root_ / std::to_string(now.time_since_epoch().count() / 1000);  // sorts by time
    std::error_code ec;
    fs::create_directories(made, ec);
    if (!ec) fs::permissions(root_, fs::perms::owner_all, ec);
    if (!ec) return made;
    return Fail(ErrorKind::kUnavailable, made.string() + " cannot be made: " + ec.message());
  }
  void Prune() const {
    const std::vector<fs::path> found = OldestFirst();
    std::error_code ec;
    for (std::size_t i = 0; i + kCopiesKept < found.size(); ++i) fs::remove_all(found[i], ec);
  }

 private:
  std::vector<fs::path> OldestFirst() const {
    std::vector<fs::path> found;
    std::error_code ec;
    for (fs::directory_iterator it(root_, ec), end; !ec && it != end; it.increment(ec))
      found.push_back(it->path());
    std::ranges::sort(found);
    return found;
  }

  fs::path root_;
};

class Upgrader {
 public:
  Upgrader(const Config& config, const cli::Globals& globals, const UpgradeWish& wish)
      : config_(config),
        globals_(globals),
        wish_(wish),
        manager_(config.service_command),
        copies_(config.data_dir) {}

  Status Run() { return wish_.back ? Back() : Forward(); }

 private:
  Status Forward() {
    const std::string from = wish_.from.empty() ? "/proc/self/exe" : wish_.from;
    KL_TRY(const std::string now, VersionOf(wish_.program));
    KL_TRY(const std::string next, VersionOf(from));
    if (SameContent(from, wish_.program)) {
      Say("kuberlogic " + now + " is installed already: nothing to do");
      return {};
    }
    Say("kuberlogic " + now + " -> " + next);
    GoOnWithoutTerminal();
    const bool served = IsServed(config_.data_dir);
    begin_ = loop_.Monotonic();
    if (served) KL_RETURN_IF_ERROR(StopServe());
    auto copy = Keep();
    if (copy) {
      const Status placed = PlaceProgram(from, wish_.program);
      if (!placed) copy = std::unexpected(placed.error());
    }
    if (!copy) {
      // Nothing was replaced: it goes on as it was.
      if (served) KL_RETURN_IF_ERROR(manager_.Start());
      return std::unexpected(copy.error());
    }
    Say("the state before is kept in " + copy->string());
    if (!served) {
      Say("serve was not running: only the program was replaced");
      return {};
    }
    const Status ready = StartAndWait(next);
    if (!ready) return Retreat(*copy, next, ready.error());
    Say("kuberlogic " + next + " is ready; webhooks and the API were away for " + Away());
    copies_.Prune();
    return {};
  }

  // Asked for by a person, who knows why.
  Status Back() {
    KL_TRY(const fs::path copy, copies_.Latest());
    GoOnWithoutTerminal();
    begin_ = loop_.Monotonic();
    KL_RETURN_IF_ERROR(GoBackTo(copy));
    std::error_code ec;
    fs::remove(copy / "program", ec);  // the next one goes back further
    return {};
  }

  Status Retreat(const fs::path& copy, const std::string& version, const Error& why) {
    Say("kuberlogic " + version + " is not ready: " + why.message);
    Status back = GoBackTo(copy);
    if (!back) return Wrap(back.error(), "going back failed as well");
    return Fail(ErrorKind::kUnavailable, "kuberlogic " + version + " was not ready within " +
                                             std::to_string(wish_.patience_seconds) +
                                             " s and the former program serves again: see " +
                                             manager_.log_hint());
  }

  Status GoBackTo(const fs::path& copy) {
    KL_TRY(const std::string version, VersionOf(copy / "program"));
    KL_RETURN_IF_ERROR(StopServe());
    KL_RETURN_IF_ERROR(PlaceProgram(copy / "program", wish_.program));
    KL_TRY(const bool replaced, PutBackIfNeeded(config_.data_dir, copy));
    if (replaced) Say("the store was of another schema: the copy was put back");
    KL_RETURN_IF_ERROR(StartAndWait(version));
    Say("back to kuberlogic " + version + "; webhooks and the API were away for " + Away());
    return {};
  }

  // One that was started by hand is not the service manager's to stop, nor to start again.
  Status StopServe() {
    KL_RETURN_IF_ERROR(manager_.Stop());
    if (!IsServed(config_.data_dir)) return {};
    return Fail(ErrorKind::kConflict,
                "a kuberlogic serve that the service manager does not know "
                "uses " +
                    config_.data_dir + ": end it first");
  }

  Result<fs::path> Keep() {
    KL_TRY(const fs::path copy, copies_.Make(loop_.Now()));
    KL_RETURN_IF_ERROR(CopyState(config_.data_dir, copy));
    KL_RETURN_IF_ERROR(PlaceProgram(wish_.program, copy / "program"));
    return copy;
  }

  Status StartAndWait(const std::string& version) {
    KL_RETURN_IF_ERROR(manager_.Start());
    return AwaitReady(loop_, config_, version, std::chrono::seconds(wish_.patience_seconds));
  }

  std::string Away() {
    char text[32];
    const Duration away = loop_.Monotonic() - begin_ - kSettle;
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(away.count()) / 1000);
    return text;
  }
  void Say(const std::string& text) { *globals_.out << text << std::endl; }

  const Config& config_;
  const cli::Globals& globals_;
  const UpgradeWish& wish_;
  ServiceManager manager_;
  Copies copies_;
  net::IoLoop loop_;
  MonoTime begin_{};
};

}  // namespace

int Upgrade(const Config& config, const cli::Globals& globals, const UpgradeWish& wish) {
  const Status done = Upgrader(config, globals, wish).Run();
  return done ? 0 : cli::Report(globals, Wrap(done.error(), "upgrade").error());
}

}  // namespace kl::cmd
