// Reading a host out of what people and providers write into a domain field.
#pragma once

#include <string>
#include <string_view>

namespace kl {

// "HTTPS://Magnetic-Llama.Example.com:443/" -> "magnetic-llama.example.com". Scheme, case, blanks
// around, the ports 80 and 443, a final dot and a final slash go; any other port or path stays, so
// that it is seen as a different value.
std::string BareHost(std::string_view value);

}  // namespace kl
