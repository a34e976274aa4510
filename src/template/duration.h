// Compose's durations and byte sizes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kl::tmpl {

// "90s", "1m30s", "500ms", "1h", "1.5s"; a bare 0. Units us, ms, s, m, h, d. nullopt above 366
// days.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

// "64m", "1gb", "512Mi", "1.5g", "1048576": Compose's units are powers of 1024 (b, k, m, g, t, with
// or without a final b); Ki, Mi, Gi and Ti are read alike. nullopt when
// negative or above 2^53.
std::optional<std::int64_t> ParseBytes(std::string_view text);

// "0.5", "2", and "250m" -> thousandths of a CPU, rounded up.
std::optional<std::int64_t> ParseCpus(std::string_view text);

}  // namespace kl::tmpl
