// Walks the scalars of a Compose file that have a meaning for an instance.
#pragma once

#include <functional>

#include "template/import/draft.h"

namespace kl::importer {

struct ScalarAt {
  const tmpl::Node& node;
  tmpl::Mark mark;  // of the key, or of the item
  bool is_item = false;
  bool flow = false;  // in brackets
  Place place;
  std::string_view prefix;  // "NAME=" of an item in a list of settings
  std::string_view text;    // what follows it
  bool bare = false;        // a setting that only has a name: its value comes from outside
  const tmpl::Node* before = nullptr;  // the item before this one, in a list of words
};

// Services first, so that what an anchor shares is seen where it is used. Each node once.
void ForEachScalar(const Draft& draft, const std::function<void(const ScalarAt&)>& visit);

}  // namespace kl::importer
