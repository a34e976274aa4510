#include "cmd/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "cmd/old_keys.h"

namespace kl::cmd {
namespace {

namespace fs = std::filesystem;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() : dir_(fs::temp_directory_path() / ("kl-config-" + SystemRandom().Letters(12))) {
    fs::create_directories(dir_);
    File("empty.yaml", "");
  }
  ~ConfigTest() override { fs::remove_all(dir_); }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = dir_ / name;
    std::ofstream(path) << text;
    return path;
  }
  // Always with a file of the test's own, so that none of the machine is found.
  Result<Config> Load(Flags flags, std::map<std::string, std::string> variables = {},
                      const std::string& file = "") {
    flags.emplace_back("config", file.empty() ? (dir_ / "empty.yaml").string() : file);
    return LoadConfig(flags, [&](const std::string& name) -> std::optional<std::string> {
      auto it = variables.find(name);
      return it == variables.end() ? std::nullopt : std::optional<std::string>(it->second);
    });
  }

  fs::path dir_;
};

TEST_F(ConfigTest, WithNothingGivenDefaultsHold) {
  auto config = Load({});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->kuberlogic_domain, "apps.localhost");
  EXPECT_EQ(config->api_listen, "127.0.0.1:8001");
  EXPECT_TRUE(config->chargebee_site.empty());
}

TEST_F(ConfigTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  const std::string file =
      File("k.yaml", "data_dir: /from/file\nlog_level: warn\nstorage: btrfs\n");
  auto config =
      Load({{"data_dir", "/from/flag"}},
           {{"KUBERLOGIC_DATA_DIR", "/from/variable"}, {"KUBERLOGIC_LOG_LEVEL", "error"}}, file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/from/flag");
  EXPECT_EQ(config->log_level, "error");
  EXPECT_EQ(config->storage, "btrfs");
  EXPECT_EQ(config->log_format, "text");
}

TEST_F(ConfigTest, FileIsFoundThroughTheEnvironment) {
  const std::string file = File("k.yaml", "log_level: warn\n");
  auto config = LoadConfig({}, [&](const std::string& name) -> std::optional<std::string> {
    return name == "KUBERLOGIC_CONFIG" ? std::optional<std::string>(file) : std::nullopt;
  });
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->log_level, "warn");
}

TEST_F(ConfigTest, FileOfCommentsAloneSaysNothing) {
  auto config = Load({}, {}, File("k.yaml", "# nothing yet\n\n---\n  # log_level: warn\n"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->log_level, "info");
}

TEST_F(ConfigTest, MissingFileThatWasNamedIsAnError) {
  auto config = Load({}, {}, (dir_ / "absent.yaml").string());
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kInvalid);
}

TEST_F(ConfigTest, OldVariableNamesAreReadAndNewOnesWin) {
  std::map<std::string, std::string> old = {{"TOKEN", "t"},
                                            {"CHARGEBEE_SITE", "acme-test"},
                                            {"CHARGEBEE_KEY", "k"},
                                            {"CHARGEBEE_WEBHOOK_USER", "u"},
                                            {"CHARGEBEE_WEBHOOK_PASSWORD", "p"},
                                            {"CHARGEBEE_MAPPING", "/m.yaml"},
                                            {"KUBERLOGIC_DOMAIN", "apps.example.com"}};
  auto config = Load({}, old);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->token.Reveal(), "t");
  EXPECT_EQ(config->chargebee_site, "acme-test");
  EXPECT_EQ(config->chargebee_key.Reveal(), "k");
  EXPECT_EQ(config->chargebee_webhook_user, "u");
  EXPECT_EQ(config->chargebee_webhook_password.Reveal(), "p");
  EXPECT_EQ(config->chargebee_mapping, "/m.yaml");
  EXPECT_EQ(config->kuberlogic_domain, "apps.example.com");

  old["KUBERLOGIC_CHARGEBEE_SITE"] = "new-test";
  EXPECT_EQ(Load({}, old)->chargebee_site, "new-test");
}

TEST_F(ConfigTest, AFileOfTheOldProductIsRead) {
  const std::string file = File("k.yaml", R"(token: t
docker_compose: /app.yaml
backups_enabled: true
backups_snapshots_enabled: false
chargebee_site: acme-test
chargebee_key: k
kuberlogic_domain: apps.example.com
use_docker_registry: true
docker_registry_url: https://registry.example.com/
docker_registry_username: user
docker_registry_password: pass
use_letsencrypt: true
admin_email: admin@example.com
ingress_class: nginx
storage_class: standard
sentry_dsn:
deployment_id: 0a1b
billing_provider: chargebee
report_errors: false
)");
  auto config = Load({}, {}, file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->tls, "acme");
  EXPECT_EQ(config->acme_email, "admin@example.com");
  EXPECT_EQ(config->docker_registry_password.Reveal(), "pass");
  ASSERT_EQ(config->notes.size(), 3u);
  EXPECT_TRUE(config->notes[0].starts_with("backups_enabled has no effect"));

  auto by_variable = Load({}, {{"KUBERLOGIC_USE_LETSENCRYPT", "true"}});
  ASSERT_TRUE(by_variable);
  EXPECT_EQ(by_variable->tls, "acme");
  const std::string wrong = File("w.yaml", "\nbilling_provider: stripe\n");
  auto refused = Load({}, {}, wrong);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(wrong + ":2"), std::string::npos);
}

TEST_F(ConfigTest, ARegistrysLoginIsWhole) {
  for (const Flags& flags :
       {Flags{{"docker_registry_url", "r"}}, Flags{{"docker_registry_username", "u"}},
        Flags{{"docker_registry_url", "r"}, {"docker_registry_username", "u"}}}) {
    const auto config = Load(flags);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().field, "docker_registry_url");
  }
}

TEST_F(ConfigTest, UnknownKeyNamesFileAndLine) {
  const std::string file = File("k.yaml", "log_level: warn\nlog_levels: info\n");
  auto config = Load({}, {}, file);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(config.error().field, "log_levels");
  EXPECT_NE(config.error().message.find(file + ":2"), std::string::npos) << config.error().message;
}

TEST_F(ConfigTest, UnknownFlagIsAnError) {
  auto config = Load({{"log_levels", "info"}});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().field, "log_levels");
}

TEST_F(ConfigTest, BrokenFileNamesTheLine) {
  const std::string file = File("k.yaml", "log_level: warn\n  data_dir: [\n");
  auto config = Load({}, {}, file);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find(file + ":"), std::string::npos) << config.error().message;
}

TEST_F(ConfigTest, WrongValuesNameTheirKey) {
  const Flags wrong[] = {{{"storage", "zfs"}},
                         {{"gateway_public", "yes"}},
                         {{"gateway_http_port", "0"}},
                         {{"gateway_http_port", "80x"}},
                         {{"resync_interval", "99999999999999"}},
                         {{"storage_pool", "twenty"}},
                         {{"log_format", "xml"}},
                         {{"kuberlogic_domain", "-"}}};
  for (const Flags& flags : wrong) {
    auto config = Load(flags);
    ASSERT_FALSE(config) << flags[0].first << "=" << flags[0].second;
    EXPECT_EQ(config.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(config.error().field, flags[0].first);
  }
}

TEST_F(ConfigTest, KeysThatNeedEachOtherAreCheckedTogether) {
  EXPECT_EQ(Load({{"chargebee_site", "acme-test"}}).error().field, "chargebee_key");
  EXPECT_EQ(Load({{"tls_crt", "/a.pem"}}).error().field, "tls_key");
  EXPECT_EQ(Load({{"tls_crt", "/a.pem"}, {"tls_key", "/b.pem"}, {"tls", "acme"}}).error().field,
            "tls");
  EXPECT_EQ(Load({{"instance_port_first", "30000"}}).error().field, "instance_port_first");
}

TEST_F(ConfigTest, ListsComeAsTextOrAsYamlList) {
  EXPECT_EQ(Load({{"billing_ignore", "a,,b"}})->billing_ignore,
            (std::vector<std::string>{"a", "b"}));
  const std::string file = File("k.yaml", "billing_ignore: [a, b]\n");
  EXPECT_EQ(Load({}, {}, file)->billing_ignore, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(Load({}, {}, File("l.yaml", "billing_ignore: {a: b}\n")));
}

TEST_F(ConfigTest, SecretIsReadFromAFileWithoutItsLineEnd) {
  const std::string secret = File("secret", "s3cret\r\n");
  auto config = Load({{"chargebee_key", "@" + secret}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->chargebee_key.Reveal(), "s3cret");
  EXPECT_FALSE(Load({{"chargebee_key", "@" + (dir_ / "absent").string()}}));
}

TEST_F(ConfigTest, SecretsAreNeverShown) {
  auto config = Load({{"token", "s3cret"}, {"chargebee_key", "s3cret"}});
  ASSERT_TRUE(config);
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_EQ(key.show(*config).find("s3cret"), std::string::npos) << key.name;
    EXPECT_FALSE(key.help.empty()) << key.name;
  }
}

TEST_F(ConfigTest, MappingIsAListOfSourceAndDestination) {
  auto mapping = LoadMapping(File("m.yaml",
                                  "- {src: volume_size, dst: limits.storage}\n"
                                  "- src: tier\n  dst: version\n"));
  ASSERT_TRUE(mapping) << mapping.error().message;
  EXPECT_EQ(mapping->size(), 2u);
  EXPECT_TRUE(LoadMapping(File("none.yaml", ""))->empty());
}

TEST_F(ConfigTest, MappingMistakesNameTheLine) {
  const std::pair<std::string, std::string> wrong[] = {{"- src: a\n  dst: b\n- src: c\n", ":3"},
                                                       {"- src: a\n  dst: b\n- plain\n", ":3"},
                                                       {"- src: [a]\n  dst: b\n", ":1"},
                                                       {"src: a\n", ""},
                                                       {"- src: 'a\n", ":"}};
  for (const auto& [text, where] : wrong) {
    const std::string path = File("m.yaml", text);
    auto mapping = LoadMapping(path);
    ASSERT_FALSE(mapping) << text;
    EXPECT_EQ(mapping.error().field, "chargebee_mapping");
    EXPECT_NE(mapping.error().message.find(path + where), std::string::npos)
        << mapping.error().message;
  }
  EXPECT_FALSE(LoadMapping((dir_ / "absent").string()));
}

// --- the reference page

constexpr char kPage[] = "docs/reference/configuration.md";

std::string UpperCase(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string DefaultOf(const ConfigKey& key) {
  if (key.secret) return "–";
  const std::string text = key.show(Config{});
  return text.empty() ? "–" : "`" + text + "`";
}

// A `|` or `<` of a help text is text.
std::string Cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string Page() {
  std::string page = R"(# Configuration of `kuberlogic serve`

Every key is a line of the file, an environment variable and a flag: `data_dir: /srv/kl`,
`KUBERLOGIC_DATA_DIR=/srv/kl`, `--data-dir /srv/kl`. The flag wins, then the variable, then the file, then
the default. An unknown key is an error with its line.

The file is the one of `--config`, else of the variable `KUBERLOGIC_CONFIG`, else `./kuberlogic.yaml`, else
`/etc/kuberlogic/kuberlogic.yaml`. A secret's flag takes `@FILE` or `-` (standard input); a secret written out on
the command line is wiped from the process list and warned of. This page is made from `src/cmd/config.cc`.

| key | variable | default | meaning |
|---|---|---|---|
)";
  for (const ConfigKey& key : ConfigKeys()) {
    page += "| `" + std::string(key.name) + "` | `KUBERLOGIC_" + UpperCase(key.name) + "`";
    if (!key.old_variable.empty()) page += ", old: `" + std::string(key.old_variable) + "`";
    page +=
        " | " + DefaultOf(key) + " | " + Cell(key.help) + (key.secret ? " (secret)" : "") + " |\n";
  }
  page += R"(
## Keys of the old product

Its files and variables (`KUBERLOGIC_` before the key) are read as they are. `use_letsencrypt: true` is `tls: acme`,
`admin_email` is `acme_email`, `billing_provider` may be `chargebee`. These others are known and do nothing on one machine; `serve`
says so when one was meant to: )";
  std::string rest;
  for (const std::string_view name : OldKeys()) {
    const auto meaning = ReadOldKey(name, "true");
    if (meaning && *meaning && (*meaning)->key.empty())
      rest += (rest.empty() ? "`" : ", `") + std::string(name) + "`";
  }
  page += rest + R"(.

## Variables of the command line

| variable | meaning |
|---|---|
| `KUBERLOGIC_HOSTNAME` | address of the API, host:port |
| `KUBERLOGIC_TOKEN` | API token; old: `TOKEN` |
| `NO_COLOR` | set: no colours |

They come after the flags and before `~/.config/kuberlogic/config.yaml` (`hostname`, `token`, `scheme`) and
the configuration of `serve` on the same machine.

## For tests

| variable | meaning |
|---|---|
| `KUBERLOGIC_CRASH_AT` | name of a point, or name:count; `serve` ends there as if killed |

## Mapping

`chargebee_mapping` names a file that says which service field a feature of the plan sets:

```yaml
- src: volume_size      # id of the feature at the provider
  dst: limits.storage   # field of the service
```
)";
  return page;
}

TEST(ConfigReference, PageSaysWhatTheProgramReads) {
  if (std::getenv("KL_BLESS") != nullptr) {
    fs::create_directories(fs::path(kPage).parent_path());
    std::ofstream(kPage) << Page();
  }
  auto page = ReadFile(kPage);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, Page()) << "run this test with KL_BLESS=1 to write " << kPage;
}

}  // namespace
}  // namespace kl::cmd
