// URIs from an item that anybody may have written: what is accepted must be safe to use.
#include "client/src/uri.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = base::as_text({data, size});
  const auto uri = client::parse_uri(text);
  if (!uri) return 0;
  if (uri->host.empty() || uri->host.size() > client::kMaxHostSize || uri->port == 0) __builtin_trap();
  // Nothing that could end a line of HTTP or a C string.
  for (const char c : uri->host) {
    if (c <= ' ' || c > '~' || c == '/' || c == '@') __builtin_trap();
  }
  return 0;
}
