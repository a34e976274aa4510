#include "adapters/resolver_dns/message.h"

#include <arpa/inet.h>

#include <algorithm>

namespace kl::dns {
namespace {

constexpr std::size_t kHeadBytes = 12;
constexpr std::size_t kNameBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr int kNotThere = 3;  // NXDOMAIN

void Put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

std::unexpected<Error> Bad(std::string_view why) {
  return Fail(ErrorKind::kUnavailable, "name server's answer is of no use: " + std::string(why));
}

// Reads on from `at`; whatever lies outside the message reads as zero and sets `over`.
struct Reader {
  std::string_view message;
  std::size_t at = 0;
  bool over = false;

  unsigned Byte() {
    if (at >= message.size()) {
      over = true;
      return 0;
    }
    return static_cast<unsigned char>(message[at++]);
  }
  unsigned Word() {
    const unsigned high = Byte();
    return high << 8 | Byte();
  }
  void Skip(std::size_t bytes) {
    over = over || bytes > message.size() - std::min(at, message.size());
    at += bytes;
  }
  // A name ends at its zero, or at the pointer to the rest of it.
  void SkipName() {
    while (!over) {
      const unsigned length = Byte();
      if (length == 0) return;
      if (length >= 0xc0) return Skip(1);
      Skip(length);
    }
  }
};

std::string AddressText(Type type, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  const int family = type == Type::kA ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes.data(), text, sizeof text) ? text : "";
}

}  // namespace

Result<std::string> Question(std::uint16_t id, std::string_view name, Type type) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto bad = [&] {
    return Fail(ErrorKind::kInvalid, "not a host name: '" + std::string(name) + "'");
  };
  if (name.empty() || name.size() > kNameBytesMax) return bad();
  std::string out;
  Put16(out, id);
  Put16(out, 0x0100);  // recursion desired
  for (unsigned count : {1, 0, 0, 0}) Put16(out, count);
  while (!name.empty()) {
    const auto dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > kLabelBytesMax) return bad();
    out += static_cast<char>(label.size());
    out += label;
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  }
  out += '\0';
  Put16(out, static_cast<unsigned>(type));
  Put16(out, 1);  // the Internet
  return out;
}

Result<Reply> ParseReply(std::string_view message, std::uint16_t id, Type type) {
  if (message.size() < kHeadBytes) return Bad("too short");
  Reader in{message};
  if (in.Word() != id) return Bad("not to this question");
  const unsigned flags = in.Word();
  if ((flags & 0x8000) == 0) return Bad("a question");
  const int code = static_cast<int>(flags & 0x0f);
  Reply out{.truncated = (flags & 0x0200) != 0};
  if (code == kNotThere) return out;
  if (code != 0) return Bad("code " + std::to_string(code));
  const unsigned questions = in.Word();
  const unsigned answers = in.Word();
  in.Skip(4);
  for (unsigned i = 0; i < questions && !in.over; ++i) {
    in.SkipName();
    in.Skip(4);
  }
  for (unsigned i = 0; i < answers && !in.over; ++i) {
    in.SkipName();
    const unsigned found = in.Word();
    in.Skip(6);  // class, time to live
    const unsigned size = in.Word();
    const std::size_t begin = in.at;
    in.Skip(size);
    const std::size_t expected = type == Type::kA ? 4 : 16;
    if (in.over || found != static_cast<unsigned>(type) || size != expected) continue;
    out.addresses.push_back(AddressText(type, message.substr(begin, size)));
  }
  if (in.over && !out.truncated) return Bad("cut short");
  return out;
}

}  // namespace kl::dns
