// Structured logging: a constant message and key/value fields, readable text or one JSON object a
// line.
//
//   Log(LogLevel::kInfo, "instance is ready", {{"service", name}, {"trace", trace}});
//
// Values are copied at the call; nothing of type Secret converts to a field. Any thread.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kl {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };  // kOff: as a threshold only
enum class LogFormat { kText, kJson };

struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <std::integral I>
  LogField(std::string_view k, I v) : key(k), value(std::to_string(v)), is_number(true) {}
  // An error is logged as its kind and message.
  LogField(std::string_view k, const Error& e);

  std::string_view key;
  std::string value;
  bool is_number = false;
};

void InitLogging(LogLevel threshold, LogFormat format);
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace kl
