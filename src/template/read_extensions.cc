// The x-kuberlogic-* keys of a service that are not files.
#include <charconv>

#include "template/app_draft.h"
#include "template/credentials.h"

namespace kl::tmpl {
namespace {

// A path of URLs: no spaces, no query.
bool IsUrlPath(std::string_view path) {
  if (!path.starts_with('/') || path.size() > 255) return false;
  for (char c : path)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '#')
      return false;
  return true;
}

}  // namespace

// Placeholders and wildcards are refused: a gateway would give them a meaning of its own.
void ReadAccessPath(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  if (!IsUrlPath(*text) || text->find_first_of("?*{}") != text->npos)
    return at.Error("a path such as /api is wanted here, not " + at.Shown());
  while (text->size() > 1 && text->ends_with('/')) text->pop_back();
  service.access_path = {std::move(*text), at.mark()};
}

void ReadHealthEndpoint(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  if (!IsUrlPath(*text))
    return at.Error("a path such as /healthz is wanted here, not " + at.Shown());
  service.health_path = {std::move(*text), at.mark()};
}

// Fractions are fine: only the proportion counts.
void ReadShare(const Cursor& at, ServiceDraft& service) {
  auto text = at.NonEmptyText();
  if (!text) return;
  double share = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), share);
  const bool number = error == std::errc() && end == text->data() + text->size();
  if (!number || !(share > 0) || share > 1000)
    return at.Error("a weight above 0, at most 1000, is wanted here, not " + at.Shown());
  service.share = share;
}

void ReadCredentialsCommand(const Cursor& at, ServiceDraft& service) {
  service.credentials_command = ReadCredentialsArguments(at);
}

}  // namespace kl::tmpl
