// Application templates: an ordinary Compose file with `x-kuberlogic-*` keys and `{{ }}`
// expressions in string values (docs/reference/template.md). Pure: text and values in, AppSpec out.
// Any thread; a loaded Template is immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "domain/app_spec.h"
#include "domain/quantity.h"
#include "domain/template_info.h"
#include "domain/value.h"

namespace kl::tmpl {

enum class Severity { kError, kNote };

// One thing wrong (or worth knowing), with its place. Lines and columns count from 1; 0 when there
// is none.
struct Diagnostic {
  Severity severity = Severity::kError;
  int line = 0;
  int column = 0;
  std::string path;     // "services.web.image"
  std::string message;  // what is wrong and what to do
};
// "FILE:LINE:COL: error: message (path)", one per line.
std::string Format(const std::vector<Diagnostic>& diagnostics, std::string_view file);

// Everything that may vary between two instances of one template version.
struct RenderInput {
  ServiceName name;
  ServiceUid uid;
  std::string subscription;
  std::string host;
  std::uint16_t port =
      0;  // of the public endpoint when it is not the scheme's own: https://host:8443
  bool insecure = false;
  std::string plan;
  std::string customer_email;
  std::string customer_name;
  std::optional<std::string> version;
  int replicas = 1;
  Limits limits;
  ValueMap parameters;  // `advanced`; defaults are filled in from the template
};

using Secrets = std::map<std::string, SecretString>;

struct Rendered {
  AppSpec spec;
  // `secrets` as given plus every one that had to be generated. When `generated` is true the caller
  // stores `secrets` before it uses `spec`; rendering again with them gives the same bytes.
  Secrets secrets;
  bool generated = false;
};

// x-kuberlogic-set-credentials-cmd of one service. A submitted value `token` reaches the command as
// the environment variable CREDENTIAL_token; `arguments` only refer to it.
struct CredentialsCommand {
  std::string member;
  std::vector<std::string> arguments;
};

class Template {
 public:
  struct Loaded {
    std::shared_ptr<const Template> value;  // null when there is any error
    std::vector<Diagnostic> diagnostics;    // errors and notes, in order of line
  };
  // Parses, checks every key, and renders once per plan with invented values, so that what is
  // accepted renders.
  static Loaded Load(std::string_view text, std::string type);

  virtual ~Template() = default;
  virtual const TemplateInfo& info() const = 0;
  virtual const TemplateDigest& digest() const = 0;
  // Whether a value of this name can make a difference: it is declared, or an expression names it.
  virtual bool KnowsParameter(const std::string& name) const = 0;
  // kInvalid names the place ("services.web.environment.X line 12: ...").
  virtual Result<Rendered> Render(const RenderInput& input, const Secrets& secrets,
                                  Random& random) const = 0;
  // x-kuberlogic-welcome, rendered; empty when there is none.
  virtual Result<std::string> Welcome(const RenderInput& input, const Secrets& secrets) const = 0;
  // In the order of the text; none when credentials cannot be set.
  virtual std::vector<CredentialsCommand> CredentialsCommands() const = 0;
};

}  // namespace kl::tmpl
