// New credentials for the application inside an instance, set by its template's own command.
#pragma once

#include <map>
#include <set>
#include <string>

#include "app/records.h"
#include "app/services/services.h"
#include "app/templates.h"
#include "ports/exec.h"
#include "ports/history.h"

namespace kl::app {

class Credentials {
 public:
  struct Deps {
    Loop& loop;
    Records records;
    Templates& templates;
    History& history;
    InstanceExec& exec;
  };
  explicit Credentials(Deps deps) : deps_(deps) {}

  using Submitted = std::map<std::string, SecretString>;

  // Runs x-kuberlogic-set-credentials-cmd of every member that has one, in the template's order;
  // the first that fails ends it. A value whose name is one of the instance's own secrets (with _
  // for
  // -) then becomes that secret, sealed, and what reads it is started anew with it. Asking again
  // with the same values is how an interrupted change is finished. kInvalid with the field: nothing
  // reads the value, a command needs one that is not there, the template has no command, or the
  // command ended with an error. kConflict: the instance does not run. No submitted value is in an
  // error, in the log or in the audit.
  Task<Status> Set(std::string name, Submitted values, Actor actor);

 private:
  Task<Status> SetAlone(std::string name, Submitted values, Actor actor);
  Task<Status> Keep(Service service, Submitted values, std::string trace);
  Task<Status> Touch(std::string name, std::string trace);

  Deps deps_;
  std::set<std::string> changing_;  // names of services
};

}  // namespace kl::app
