// History: what happened, for people. Nothing is ever decided from it. Loop's thread only.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"

namespace kl {

// Streams: "events" (the billing inbox), "audit" (who did what), "timeline" (steps of a service or
// subscription).
struct HistoryRecord {
  std::string stream;
  std::string
      id;  // unique within the stream: a record with a known id is kept once; empty = always new
  std::string subject;  // what it is about: a subscription's name, a service's name
  std::string kind;     // event type, step or verb
  WallTime at{};
  std::string trace;
  std::string body;    // JSON or text; no secrets
  std::string cursor;  // set by Read
};

struct HistoryQuery {
  std::string stream;
  std::string subject;  // empty: all
  std::string id;       // empty: all
  std::string before;   // cursor: older than that; empty: from the newest
  int limit = 100;      // 1..1000
};

class History {
 public:
  virtual ~History() = default;
  // Durable on return.
  virtual Task<Status> Append(std::vector<HistoryRecord> records) = 0;
  // Newest first.
  virtual Task<Result<std::vector<HistoryRecord>>> Read(HistoryQuery query) = 0;
  // Drops records older than `before`, oldest first, at most 10,000 a call; returns how many.
  virtual Task<Result<int>> Prune(std::string stream, WallTime before) = 0;
};

}  // namespace kl
