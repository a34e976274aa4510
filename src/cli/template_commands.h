// `kuberlogic template check | render | import`: what a vendor runs before anybody buys anything.
// Nothing is contacted; an instance is invented.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/client.h"

namespace kl::cli {

// Lists every problem as "FILE:LINE:COL: error: what and what to do" on `out`, and what is sold; as
// JSON or YAML when the format says so. 0: it can be installed (there may be notes); 1: there are
// errors; 2: the file cannot be read (on `err`).
int TemplateCheck(const std::string& path, const Globals& globals);

struct TemplateRenderOptions {
  std::string file;
  std::string type = "app";
  std::string plan;  // empty: the only plan, else "default", else the first by name
  std::string name = "example-instance";
  std::string host;  // empty: NAME.example.com
  bool insecure = false;
  std::string version;                  // empty: the plan's
  std::vector<std::string> parameters;  // NAME=VALUE, stronger than the plan
  std::string customer_email = "customer@example.com";
  std::string customer_name = "Jane Doe";
  bool reveal = false;  // shows the (invented) secrets
};

// Prints what an instance would be as YAML on `out`. Exit codes as TemplateCheck; 2 also for an
// unknown plan or a parameter without '='.
int TemplateRender(const TemplateRenderOptions& options, std::ostream& out, std::ostream& err);

struct TemplateImportOptions {
  std::string file;      // an ordinary Compose file
  std::string env_file;  // empty: `.env` beside it, if there is one
  std::string output;    // empty: the template goes to `out`, the report to `err`
  bool force = false;    // replaces `output` when it is there
};

// Writes the template and says what was changed and what is left to decide. 0: the template can be
// installed; 1: something is left for a person (the template is written all the same); 2: a file
// cannot be read or written, or the Compose file is none.
int TemplateImport(const TemplateImportOptions& options, std::ostream& out, std::ostream& err);

}  // namespace kl::cli
