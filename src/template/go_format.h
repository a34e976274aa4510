// printf as Go formats.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "domain/value.h"

namespace kl::tmpl {

// Verbs %v %s %q %d %x %X %o %b %c %f %F %e %E %g %G %t %%, flags "-+ 0#", width and precision up
// to 1,024. A verb that does not fit its operand, or a wrong number of operands, is an error, where
// Go would print "%!d(string=x)".
std::expected<std::string, std::string> GoFormat(std::string_view format, std::span<Value> args);

}  // namespace kl::tmpl
