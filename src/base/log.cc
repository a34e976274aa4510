#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace kl {
namespace {

LogFormat g_format = LogFormat::kText;

std::shared_ptr<spdlog::logger>& Logger() {
  static auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("kuberlogic",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return logger;
}

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  out += '"';
}

bool IsPlain(std::string_view text) {
  if (text.empty()) return false;
  for (unsigned char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return true;
}

}  // namespace

LogField::LogField(std::string_view k, const Error& e)
    : key(k), value(std::string(ErrorKindName(e.kind)) + ": " + e.message) {}

void InitLogging(LogLevel threshold, LogFormat format) {
  g_format = format;
  Logger()->set_level(Level(threshold));
  Logger()->flush_on(spdlog::level::debug);
  Logger()->set_pattern(format == LogFormat::kText
                            ? "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v"
                            : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                        spdlog::pattern_time_type::utc);
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!Logger()->should_log(Level(level))) return;
  std::string line;
  if (g_format == LogFormat::kJson) {
    line += "\"message\":";
    AppendQuoted(line, message);
    for (const LogField& f : fields) {
      line += ',';
      AppendQuoted(line, f.key);
      line += ':';
      if (f.is_number)
        line += f.value;
      else
        AppendQuoted(line, f.value);
    }
  } else {
    line += message;
    for (const LogField& f : fields) {
      line += ' ';
      line += f.key;
      line += '=';
      if (f.is_number || IsPlain(f.value))
        line += f.value;
      else
        AppendQuoted(line, f.value);
    }
  }
  Logger()->log(Level(level), "{}", line);
}

}  // namespace kl
