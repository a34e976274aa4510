// `kuberlogic init`: asks what a first installation must know, writes kuberlogic.yaml for the owner
// alone, and checks the provider's site. The API key comes from a prompt without echo, a file or
// standard input, never from the command line.
#pragma once

#include <istream>
#include <string>

#include "cli/client.h"
#include "cmd/config.h"

namespace kl::cmd {

struct InitWish {
  std::string site, domain, template_path, data_dir;
  std::string key_file;          // path, or "-": the first line of standard input
  bool non_interactive = false;  // what is missing is an error instead of a question
  bool force = false;            // write over an existing file
  bool no_check = false;
};

// The text of the configuration file. Every value is quoted; a webhook password is made up.
std::string InitialConfig(const InitWish& wish, const SecretString& key,
                          const SecretString& webhook_password);

// 0 when the file was written, whatever the check says of the site; 2 for wrong input.
int Init(InitWish wish, const cli::Globals& globals, const Environment& environment);

}  // namespace kl::cmd
