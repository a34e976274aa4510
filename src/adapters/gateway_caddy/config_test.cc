// The configuration of Caddy, compared with tests/golden/gateway. A wanted change is taken over by
// copying the file a failure names.
#include "adapters/gateway_caddy/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kl::gateway {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Indented, and pages shortened: they are tested by themselves and would hide the rest.
void Print(std::ostream& out, const boost::json::value& value, const std::string& indent) {
  const std::string deeper = indent + "  ";
  const char* separator = "\n";
  if (value.is_object() && !value.get_object().empty()) {
    out << "{";
    for (const auto& [key, item] : value.get_object()) {
      out << std::exchange(separator, ",\n") << deeper << boost::json::serialize(key) << ": ";
      if (key == "body") {
        const std::string_view text = item.as_string();
        const auto at = text.find("<title>");
        out << "\"page: " << text.substr(at + 7, text.find("</title>") - at - 7) << "\"";
      } else {
        Print(out, item, deeper);
      }
    }
    out << "\n" << indent << "}";
  } else if (value.is_array() && !value.get_array().empty() &&
             !(value.get_array()[0].is_string() && value.get_array().size() == 1)) {
    out << "[";
    for (const auto& item : value.get_array()) {
      out << std::exchange(separator, ",\n") << deeper;
      Print(out, item, deeper);
    }
    out << "\n" << indent << "]";
  } else {
    out << boost::json::serialize(value);
  }
}

void ExpectGolden(const std::string& name, const ConfigInput& input) {
  std::ostringstream actual;
  Print(actual, boost::json::parse(BuildConfig(input)), "");
  actual << "\n";
  const fs::path golden = fs::path("tests/golden/gateway") / (name + ".json");
  std::ifstream in(golden);
  std::ostringstream expected;
  expected << in.rdbuf();
  if (actual.str() == expected.str()) return;
  const fs::path found = fs::temp_directory_path() / ("kl-" + name + ".json");
  std::ofstream(found) << actual.str();
  ADD_FAILURE() << "differs; if it should: cp " << found.string() << " " << golden.string();
}

ConfigInput Plain() {
  ConfigInput input;
  input.admin_socket = "/data/gateway/admin.sock";
  input.storage_dir = "/data/gateway/storage";
  input.routes_dir = "/data/gateway/routes";
  input.log_file = "/data/gateway/caddy.log";
  input.domain = "apps.example.com";
  return input;
}

TEST(Config, InternalAuthorityOnLoopbackAtUsualPorts) { ExpectGolden("internal-ca", Plain()); }

TEST(Config, GivenCertificateFixedHostsAndOtherPortsOnEveryAddress) {
  ConfigInput input = Plain();
  input.http_port = 8080;
  input.https_port = 8443;
  input.bind_all = true;
  input.cert_file = "/data/gateway/certificate/0123.crt";
  input.key_file = "/data/gateway/certificate/0123.key";
  input.api_upstream = "127.0.0.1:8001";
  input.webhook_upstream = "127.0.0.1:4242";
  input.webhook_paths = {"/webhook-one", "/webhook-two"};
  ExpectGolden("given-certificate", input);
}

TEST(Config, CertificatesByHostAreLookedUpOnLoopback) {
  ConfigInput input = Plain();
  input.bind_all = true;
  input.lookup = {.port = 20443,
                  .secret = "0123456789abcdef0123456789abcdef",
                  .directory = "/data/gateway/certificates",
                  .proofs_dir = "/data/gateway/proofs"};
  ExpectGolden("certificate-by-host", input);
}

TEST(Config, WebhookListenerWithoutPathsIsNotReachable) {
  ConfigInput input = Plain();
  input.webhook_upstream = "127.0.0.1:4242";
  EXPECT_THAT(BuildConfig(input), Not(HasSubstr("4242")));
}

TEST(Config, BareConfigHasTheAdminSocketAloneAndKeepsNoCopy) {
  EXPECT_EQ(BuildBareConfig("/data/gateway/admin.sock"),
            R"({"admin":{"listen":"unix//data/gateway/admin.sock","origins":["localhost"],)"
            R"("config":{"persist":false}}})");
}

}  // namespace
}  // namespace kl::gateway
