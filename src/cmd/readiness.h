// Waiting until a `serve` is ready, asked as any client would.
#pragma once

#include <string>

#include "cmd/config.h"
#include "net/io_loop.h"

namespace kl::cmd {

// It must be ready without a break for so long: one that dies right after its start is not.
inline constexpr Duration kSettle = std::chrono::seconds(3);

// Returns when the API of `config` says it is ready and of that version, and has said so for
// kSettle. kUnavailable with the last answer when `patience` is over. Runs the loop.
Status AwaitReady(net::IoLoop& loop, const Config& config, const std::string& version,
                  Duration patience);

}  // namespace kl::cmd
