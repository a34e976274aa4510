#include "resources/value_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>

#include "resources/json_text.h"

namespace kl {
namespace {

struct Writer {
  std::string& out;

  void operator()(std::monostate) { out += "null"; }
  void operator()(bool b) { out += b ? "true" : "false"; }
  void operator()(std::int64_t i) { json_text::AppendInteger(out, i); }
  void operator()(double d) { json_text::AppendDouble(out, d); }
  void operator()(const std::string& s) { json_text::AppendString(out, s); }
  void operator()(const ValueList& list) {
    char separator = '[';
    for (const Value& item : list) {
      out += std::exchange(separator, ',');
      std::visit(*this, item.data);
    }
    out += list.empty() ? "[]" : "]";
  }
  void operator()(const ValueMap& map) {
    char separator = '{';
    for (const auto& [key, item] : map) {
      out += std::exchange(separator, ',');
      json_text::AppendString(out, key);
      out += ':';
      std::visit(*this, item.data);
    }
    out += map.empty() ? "{}" : "}";
  }
};

// Receives the parser's calls and builds the tree. Numbers are converted here from their text: the
// library's own conversion may miss the nearest double by one unit in the last place.
class Builder {
 public:
  using error_code = boost::system::error_code;
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  Value Take() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return Open(ValueMap()); }
  bool on_object_end(std::size_t, error_code&) { return Close(); }
  bool on_array_begin(error_code&) { return Open(ValueList()); }
  bool on_array_end(std::size_t, error_code&) { return Close(); }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) { return Keep(part); }
  bool on_key(boost::json::string_view last, std::size_t, error_code&) {
    Keep(last);
    keys_.push_back(std::exchange(text_, {}));
    return true;
  }
  bool on_string_part(boost::json::string_view part, std::size_t, error_code&) {
    return Keep(part);
  }
  bool on_string(boost::json::string_view last, std::size_t, error_code&) {
    Keep(last);
    return Put(std::exchange(text_, {}));
  }
  bool on_number_part(boost::json::string_view part, error_code&) { return Keep(part); }
  bool on_int64(std::int64_t number, boost::json::string_view, error_code&) {
    text_.clear();
    return Put(number);
  }
  bool on_uint64(std::uint64_t number, boost::json::string_view, error_code&) {
    text_.clear();
    return Put(static_cast<double>(number));
  }
  bool on_double(double number, boost::json::string_view last, error_code&) {
    Keep(last);
    std::from_chars(text_.data(), text_.data() + text_.size(), number);
    text_.clear();
    return Put(number);
  }
  bool on_bool(bool b, error_code&) { return Put(b); }
  bool on_null(error_code&) { return Put(Value()); }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

 private:
  bool Keep(boost::json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool Open(Value container) {
    open_.push_back(std::move(container));
    return true;
  }
  bool Close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    return Put(std::move(done));
  }
  bool Put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* list = std::get_if<ValueList>(&open_.back().data)) {
      list->push_back(std::move(value));
    } else {
      std::get<ValueMap>(open_.back().data).insert_or_assign(keys_.back(), std::move(value));
      keys_.pop_back();
    }
    return true;
  }

  Value root_;
  std::vector<Value> open_;        // containers not closed yet, outermost first
  std::vector<std::string> keys_;  // of the members being read
  std::string text_;               // pieces of the present string or number
};

}  // namespace

void AppendJson(std::string& out, const Value& value) { std::visit(Writer{out}, value.data); }

std::string ToJson(const Value& value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

Result<Value> ValueFromJson(std::string_view json, int max_depth) {
  boost::json::parse_options options;
  options.max_depth = static_cast<std::size_t>(max_depth);
  boost::json::basic_parser<Builder> parser(options);
  boost::system::error_code ec;
  const std::size_t used = parser.write_some(false, json.data(), json.size(), ec);
  if (!ec && used < json.size()) ec = boost::json::error::extra_data;
  if (ec == boost::json::error::too_deep) {
    return Fail(ErrorKind::kInvalid,
                "value: nested deeper than " + std::to_string(max_depth) + " levels");
  }
  if (ec) return Fail(ErrorKind::kInvalid, "value: not JSON: " + ec.message());
  return parser.handler().Take();
}

}  // namespace kl
