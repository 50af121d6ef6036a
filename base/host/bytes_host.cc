#include "base/host/bytes_host.h"

#include "base/hex.h"

namespace base {

std::string to_hex(ByteView data) {
  std::string text(data.size() * 2, '\0');
  // Cannot fail: the buffer has exactly the size that is needed.
  (void)hex_encode(data, text);
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  BASE_TRY(hex_decode(text, bytes));
  return bytes;
}

}  // namespace base
