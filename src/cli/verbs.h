// What each command does, apart from how its flags are read (commands.cc). Each returns the exit
// code.
#pragma once

#include <optional>
#include <string>

#include "cli/client.h"

namespace kl::cli {

struct ServiceFields {
  std::string id, type, version, domain, subscription, backup_schedule, cpu, memory, storage;
  std::optional<int> replicas;
  std::optional<bool> insecure, use_letsencrypt;
  std::string template_digest, after_a_switch;
  std::vector<std::string> advanced;  // key=value
};
int ServiceList(const Globals& globals, const std::string& subscription);
int ServiceGet(const Globals& globals, const std::string& id);
int ServiceAdd(const Globals& globals, const ServiceFields& fields);
int ServiceEdit(const Globals& globals, const ServiceFields& fields, std::optional<bool> paused);
int ServiceDelete(const Globals& globals, const std::string& id, bool yes);
// `pairs`: NAME=VALUE, VALUE as ReadSecretFlag() takes it.
int ServiceCredentials(const Globals& globals, const std::string& id,
                       const std::vector<std::string>& pairs);
int ServiceSecrets(const Globals& globals, const std::string& id);
struct LogWish {
  std::string id, member;
  int tail = 0;
  bool follow = false;
};
int ServiceLogs(const Globals& globals, const LogWish& wish);
int Explain(const Globals& globals, const std::string& what);

int SubscriptionList(const Globals& globals);
int SubscriptionGet(const Globals& globals, const std::string& id);
int SubscriptionSync(const Globals& globals, const std::string& id, bool republish);
int SubscriptionPublish(const Globals& globals, const std::string& id, bool force);

int EventList(const Globals& globals, const std::string& subscription, int limit);
int EventGet(const Globals& globals, const std::string& id);
int EventReplay(const Globals& globals, const std::string& id);

int BillingRelease(const Globals& globals);
int ShowStatus(const Globals& globals);
int ShowInfo(const Globals& globals);
int TemplateList(const Globals& globals);

}  // namespace kl::cli
