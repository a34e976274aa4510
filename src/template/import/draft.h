// A template while it is made: the text, what is known of it, and the passes that work on it.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "template/import/import.h"
#include "template/import/ledger.h"
#include "template/import/source_text.h"
#include "template/import/variables.h"

namespace kl::importer {

// One port under a service's `ports`.
struct PortUse {
  const tmpl::Node* item = nullptr;
  int target = 0;     // 0: not a single number
  int published = 0;  // 0: none given
  bool tcp = true;
};

struct Draft {
  Draft(SourceText text, const Folder& where, const ImportInput& input);
  Draft(const Draft&) = delete;

  SourceText source;
  const Folder& folder;
  std::string env_name;
  EnvFile env;
  Ledger ledger;
  Variables variables;
  std::vector<Finding> findings;

  // ---- known since Survey() ----
  std::set<std::string> own_words;             // what the application is called
  std::vector<std::string> web_services;       // with a port a browser could visit
  std::vector<std::string> origins;            // "http://localhost:8080": the application's own
  std::vector<std::string> hosts;              // "app.example.com"
  std::map<std::string, std::string> aliases;  // other names of services -> service

  std::set<std::string> told;                  // what is said once, however often it occurs
  std::map<std::string, std::string> volumes;  // to be declared; path of the host -> name
  std::set<std::string> taken_volumes;         // names in use
  std::map<std::string, std::set<std::string>> dropped_binds;  // service -> paths in the container

  // `line` is one of source.text().
  void Change(int line, std::string path, std::string message);
  void Decide(int line, std::string path, std::string message);
  // Applies edits; what YAML would not take back is left to a person.
  void Apply(std::vector<Edit> edits, std::string_view what);
};

// ---- helpers over the tree ----

const tmpl::Node* Services(const Draft& draft);
const tmpl::Entry* FindEntry(const tmpl::Node& mapping, std::string_view key);
// Scalar text of a key; empty when there is none.
std::string TextOf(const tmpl::Node& mapping, std::string_view key);
std::vector<PortUse> PortsOf(const Draft& draft, const tmpl::Node& service);
// Whether a service that runs this image stores data and shows nothing to a browser.
bool IsStoreImage(std::string_view image);
bool IsHttpPort(int port);
// Whether one of the services waits for, or shares something with, the service of this name.
bool IsNeeded(const Draft& draft, const std::string& service);
// Ports of the service a browser could visit.
std::vector<PortUse> WebPorts(const Draft& draft, const tmpl::Node& service);

// What `env_file` names: a text, a list of texts, or a list of {path, required}. env_files.cc.
struct EnvFileName {
  std::string path;
  bool required = true;
};
std::vector<EnvFileName> EnvFileNames(const tmpl::Node& node);

// The edit that adds lines at the end of a service; nullopt when it is written in brackets.
std::optional<Edit> AppendToService(const Draft& draft, const tmpl::Entry& service,
                                    const std::string& lines);

// ---- text inside values ----

// Where a value stands.
struct Place {
  std::string path;
  std::string setting;    // the name it is a value of, among the settings of an environment
  bool is_probe = false;  // asked from inside the container
};
// A resolved text with tokens for everything that differs between instances.
std::string MarkText(Draft& draft, std::string_view resolved, const Place& place);
// What the tokens in `marked` mean to the reader: "a secret of each instance: {{ Secret ... }}".
std::string Explain(Draft& draft, std::string_view marked, int line, const std::string& path);
// A file's content as a template has it: secrets and addresses replaced, the rest escaped.
std::string FinishContent(Draft& draft, std::string_view content);

// ---- the passes, in their order ----

void SettleProfiles(Draft& draft);  // profiles.cc: what nobody asks for goes
void Survey(Draft& draft);          // survey.cc: which service is visited, what is secret
void RewriteValues(Draft& draft);   // values.cc: variables, secrets, addresses
void InlineEnvFiles(Draft& draft);  // env_files.cc
void InlineFiles(Draft& draft);     // files.cc: top-level configs and secrets from a file
void RewriteMounts(Draft& draft);   // mounts.cc
void RewritePorts(Draft& draft);    // ports.cc
void DropKeys(Draft& draft);        // drop.cc: what the dialect refuses or ignores
void AddSections(Draft& draft);     // sections.cc: secrets, parameters, plans

}  // namespace kl::importer
