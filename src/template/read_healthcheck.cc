// `healthcheck`: how a member is asked whether it is healthy.
#include <array>

#include "template/app_draft.h"
#include "template/duration.h"

namespace kl::tmpl {
namespace {

// A healthcheck while it is read. Defaults are Compose's, by way of Probe, or the extended
// service's.
struct Check {
  Probe probe;
  bool disabled = false;
  bool ok = true;
};

// Text is a line for the container's shell, as is CMD-SHELL; an image without a shell needs CMD.
void ReadTest(const Cursor& at, Check& check) {
  if (at.node().is_scalar()) {
    auto text = at.NonEmptyText();
    check.ok = check.ok && text;
    if (text) check.probe.exec = {"/bin/sh", "-c", std::move(*text)};
    return;
  }
  auto words = at.TextList();
  check.ok = check.ok && words;
  if (!words) return;
  if (words->size() == 1 && words->front() == "NONE") {
    check.disabled = true;
  } else if (words->size() == 2 && words->front() == "CMD-SHELL") {
    check.probe.exec = {"/bin/sh", "-c", std::move(words->back())};
  } else if (words->size() >= 2 && words->front() == "CMD") {
    check.probe.exec.assign(words->begin() + 1, words->end());
  } else {
    check.ok = false;
    at.Error("a test starts with CMD, CMD-SHELL or NONE: [\"CMD\", \"program\", \"argument\"]");
  }
}

template <std::chrono::milliseconds Probe::* field>
void ReadDuration(const Cursor& at, Check& check) {
  auto text = at.NonEmptyText();
  auto duration = text ? ParseDuration(*text) : std::nullopt;
  if (duration) {
    check.probe.*field = *duration;
    return;
  }
  check.ok = false;
  if (text) at.Error("a duration such as 5s is wanted here, not " + at.Shown());
}

// Bounded, lest a service count as healthy for ever.
void ReadRetries(const Cursor& at, Check& check) {
  auto number = at.Integer(1, 1000);
  check.ok = check.ok && number;
  check.probe.retries = static_cast<int>(number.value_or(3));
}

void ReadDisable(const Cursor& at, Check& check) {
  if (at.Bool().value_or(false)) check.disabled = true;
}

constexpr std::array kRules = {
    KeyRule<Check>{"disable", ReadDisable},
    KeyRule<Check>{"interval", ReadDuration<&Probe::interval>},
    KeyRule<Check>{"retries", ReadRetries},
    NoteKey<Check>("start_interval", "until the first success a service is asked often anyway"),
    KeyRule<Check>{"start_period", ReadDuration<&Probe::start_period>},
    KeyRule<Check>{"test", ReadTest},
    KeyRule<Check>{"timeout", ReadDuration<&Probe::timeout>},
};

}  // namespace

void ReadHealthcheck(const Cursor& at, ServiceDraft& service) {
  Check check;
  if (service.member.probe) check.probe = *std::exchange(service.member.probe, std::nullopt);
  ReadKeys<Check>(at, kRules, check);
  if (!at.node().is_mapping() || !check.ok) return;
  service.healthcheck = {!check.disabled, at.mark()};
  if (check.disabled) return;
  if (check.probe.exec.empty())
    return at.Error("the healthcheck has no `test`: add one, or leave it out altogether");
  if (check.probe.interval.count() == 0 || check.probe.timeout.count() == 0)
    return at.Error("interval and timeout must be greater than 0");
  service.member.probe = std::move(check.probe);
}

}  // namespace kl::tmpl
