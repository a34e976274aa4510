// Values as YAML that every reader takes for the same values: YAML 1.1 and 1.2, strict or not.
#pragma once

#include <iosfwd>

#include "domain/value.h"

namespace kl::cli {

// Block style, two blanks a level, keys in order. Text that some reader would take for a number, a
// boolean, null, a comment or a mapping is in double quotes. `indent`: blanks before each line.
void WriteYaml(std::ostream& out, const Value& value, int indent = 0);

}  // namespace kl::cli
