// The HTTP response parser on arbitrary bytes: bounded, and the same whatever the pieces.
#include "client/src/http.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] % 32 + 1u;
  const base::ByteView bytes(data + 1, size - 1);

  client::HttpResponse whole;
  const auto taken = whole.push(bytes);
  client::HttpResponse pieces;
  base::ByteView rest = bytes;
  bool failed = false;
  size_t total = 0;
  while (!rest.empty() && !pieces.complete() && !failed) {
    const auto part = pieces.push(rest.first(rest.size() < piece ? rest.size() : piece));
    failed = !part;
    if (part) {
      total += *part;
      rest = rest.subspan(*part);
    }
  }
  if (failed != !taken) __builtin_trap();
  if (taken && (total != *taken || whole.complete() != pieces.complete())) __builtin_trap();
  if (whole.complete() && !base::equal(whole.body(), pieces.body())) __builtin_trap();
  return 0;
}
