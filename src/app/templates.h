// The application templates of this installation: immutable versions, by digest, parsed once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ports/store.h"
#include "template/template.h"

namespace kl::app {

class Templates {
 public:
  virtual ~Templates() = default;
  // The version that new services of this type get; null when there is none.
  virtual std::shared_ptr<const tmpl::Template> Current(const std::string& type) const = 0;
  // kNotFound when no such version is kept; kInvalid when it no longer passes the check.
  virtual Task<Result<std::shared_ptr<const tmpl::Template>>> Find(std::string type,
                                                                   std::string digest) = 0;
  // Of all current versions.
  virtual std::vector<TemplateInfo> Infos() const = 0;
};

// Kept in the store.
class StoredTemplates : public Templates {
 public:
  explicit StoredTemplates(Store<TemplateVersion>& store) : store_(store) {}

  // Reads the current versions; once at start, before anything else is called. One that this
  // program, stricter than the one that took it, refuses is left out until Install() mends its
  // type.
  Task<Status> Load();
  // kInvalid when a version that Load() left out was not mended: its plans have no template.
  Status CheckLoaded() const;
  // Checks `text` and makes it the current version of `type`; running instances keep theirs.
  // kInvalid with every diagnostic in the message.
  Task<Result<std::shared_ptr<const tmpl::Template>>> Install(std::string type, std::string text);

  std::shared_ptr<const tmpl::Template> Current(const std::string& type) const override;
  Task<Result<std::shared_ptr<const tmpl::Template>>> Find(std::string type,
                                                           std::string digest) override;
  std::vector<TemplateInfo> Infos() const override;

 private:
  Task<Status> Retire(std::string type, std::string but);

  Store<TemplateVersion>& store_;
  std::map<std::string, std::shared_ptr<const tmpl::Template>> current_;    // by type
  std::map<std::string, std::shared_ptr<const tmpl::Template>> by_digest_;  // parsed
  std::map<std::string, std::string> refused_;  // by type: why its current version was left out
};

// Object name of a version: "<type>-<digest[:12]>".
std::string TemplateObjectName(const std::string& type, const std::string& digest);

}  // namespace kl::app
