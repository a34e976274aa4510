#include "cmd/billing_check.h"

#include <algorithm>
#include <ostream>

#include "adapters/billing_chargebee/site_check.h"
#include "adapters/billing_chargebee/webhook_setup.h"
#include "cli/output.h"
#include "cmd/provider_options.h"
#include "net/run_task.h"
#include "template/template.h"

namespace kl::cmd {
namespace {

struct Mark {
  const char* sign;
  cli::Tone tone;
};

Mark MarkOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood: return {"✓", cli::Tone::kGood};
    case Verdict::kBad: return {"✗", cli::Tone::kBad};
    case Verdict::kHint: return {"!", cli::Tone::kWarn};
    case Verdict::kSkipped: return {"-", cli::Tone::kDim};
  }
  return {"?", cli::Tone::kPlain};
}

void ShowFindings(const cli::Globals& globals, const std::vector<Finding>& findings) {
  if (globals.format == "json" || globals.format == "yaml") {
    ValueList list;
    for (const Finding& each : findings) {
      list.emplace_back(ValueMap{{"item", each.item},
                                 {"verdict", std::string(VerdictName(each.verdict))},
                                 {"detail", each.detail},
                                 {"remedy", each.remedy}});
    }
    cli::ShowList(globals, Value(std::move(list)), {});
    return;
  }
  for (const Finding& each : findings) {
    const Mark mark = MarkOf(each.verdict);
    // What the provider wrote is shown to a terminal: no control characters of its choice.
    *globals.out << cli::Paint(globals, mark.tone, mark.sign) << " " << each.item << ": "
                 << cli::OneLine(each.detail) << "\n";
    if (!each.remedy.empty()) *globals.out << "    -> " << cli::OneLine(each.remedy) << "\n";
  }
}

Status HasProvider(const Config& config) {
  if (!config.chargebee_site.empty()) return {};
  return Fail(ErrorKind::kInvalid,
              "chargebee_site is empty: no billing provider is configured; run kuberlogic init",
              "chargebee_site");
}

}  // namespace

Result<Expectation> LoadExpectation(const Config& config) {
  Expectation expected{.mapping = DefaultMapping()};
  expected.ignored_plans.insert(config.billing_ignore.begin(), config.billing_ignore.end());
  if (!config.chargebee_mapping.empty()) {
    KL_TRY(expected.mapping, LoadMapping(config.chargebee_mapping));
    expected.mapping_is_explicit = true;
  }
  std::vector<std::string> wanted = config.templates;
  if (!config.docker_compose.empty())
    wanted.insert(wanted.begin(), "docker-compose=" + config.docker_compose);
  for (const std::string& each : wanted) {
    const auto equals = each.find('=');
    if (equals == std::string::npos)
      return Fail(ErrorKind::kInvalid, "templates: '" + each + "' is not type=path", "templates");
    const std::string path = each.substr(equals + 1);
    KL_TRY(const std::string text, ReadFile(path));
    const auto loaded = tmpl::Template::Load(text, each.substr(0, equals));
    if (!loaded.value) {
      return Fail(ErrorKind::kInvalid,
                  "template " + path + " does not load: run kuberlogic template check " + path,
                  "docker_compose");
    }
    expected.templates.push_back(loaded.value->info());
  }
  return expected;
}

int BillingCheck(const Config& config, const cli::Globals& globals) {
  if (Status has = HasProvider(config); !has) return cli::Report(globals, has.error());
  if (globals.dry_run) {
    *globals.err << "dry run: would look at site " << config.chargebee_site << "\n";
    return 0;
  }
  std::vector<Finding> findings;
  chargebee::SiteExpectation expected{.webhook_url = WebhookUrl(config)};
  auto loaded = LoadExpectation(config);
  if (!loaded) {
    findings.push_back({"template", Verdict::kBad, loaded.error().message,
                        "correct docker_compose or templates in the configuration"});
  } else if (loaded->templates.empty()) {
    findings.push_back({"template", Verdict::kBad, "none is configured: nothing can be sold",
                        "set docker_compose to the path of your application's template"});
  } else {
    findings.push_back(
        {"template", Verdict::kGood, std::to_string(loaded->templates.size()) + " loaded", ""});
    expected.catalogue = std::move(*loaded);
  }
  net::IoLoop loop;
  chargebee::SiteApi api(loop, ChargebeeOptions(config));
  chargebee::SiteCheck check(api, std::move(expected));
  for (Finding& each : net::RunTaskToEnd(loop, check.Run())) findings.push_back(std::move(each));
  ShowFindings(globals, findings);
  const auto bad = std::ranges::count(findings, Verdict::kBad, &Finding::verdict);
  if (globals.format == "table" || globals.format == "string") {
    *globals.out << (bad == 0 ? "ready for orders" : std::to_string(bad) + " to be mended") << "\n";
  }
  return bad == 0 ? 0 : 1;
}

int BillingSetup(const Config& config, const cli::Globals& globals) {
  if (Status has = HasProvider(config); !has) return cli::Report(globals, has.error());
  const std::string url = WebhookUrl(config);
  // A name that only this machine resolves; a simulator beside it may know it.
  if (config.chargebee_api_url.empty() && url.find("localhost") != std::string::npos) {
    Error error{ErrorKind::kInvalid,
                url +
                    " cannot be reached by the provider: set kuberlogic_domain or "
                    "chargebee_webhook_url; without a webhook events are polled every 15 s",
                "chargebee_webhook_url"};
    return cli::Report(globals, error);
  }
  if (globals.dry_run) {
    *globals.err << "dry run: would make the webhook endpoint " << url << " at site "
                 << config.chargebee_site << "\n";
    return 0;
  }
  net::IoLoop loop;
  chargebee::SiteApi api(loop, ChargebeeOptions(config));
  auto done = net::RunTaskToEnd(loop, chargebee::SetUpWebhook(api, url));
  if (!done) return cli::Report(globals, done.error());
  *globals.out << "webhook endpoint " << cli::OneLine(done->id) << " leads to " << url << ": "
               << (done->created ? "created" : "was there, credentials written anew");
  if (!done->replaced_url.empty())
    *globals.out << ", instead of " << cli::OneLine(done->replaced_url);
  *globals.out << "\n";
  return 0;
}

}  // namespace kl::cmd
