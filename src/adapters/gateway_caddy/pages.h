// The pages a visitor sees instead of an application: small, plain, self-contained HTML that tells
// what to expect and nothing about what runs behind.
#pragma once

#include <string>

namespace kl::gateway {

enum class Page {
  kStarting,     // being prepared: asks again by itself
  kUnreachable,  // serving, but nothing answers at its address: asks again by itself
  kStopped,      // rests until somebody starts it
  kUnknown,      // no application has this name
  kFailed,       // the request itself went wrong
};

// A whole HTML document.
std::string PageHtml(Page page);

// Seconds after which the page asks again; 0 when it does not. Also the value of Retry-After.
int PageRetrySeconds(Page page);

}  // namespace kl::gateway
