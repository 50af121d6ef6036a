#include "base/hex.h"

namespace base {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string_view> hex_encode(ByteView data, std::span<char> out) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (data.size() > out.size() / 2) return fail(ErrorCode::kBufferTooSmall);
  size_t at = 0;
  for (uint8_t byte : data) {
    out[at++] = kDigits[byte >> 4];
    out[at++] = kDigits[byte & 15];
  }
  return std::string_view(out.data(), at);
}

Result<ByteView> hex_decode(std::string_view text, MutableBytes out) {
  if (text.size() % 2 != 0) return fail(ErrorCode::kMalformed);
  if (text.size() / 2 > out.size()) return fail(ErrorCode::kBufferTooSmall);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::kMalformed);
    out[i / 2] = static_cast<uint8_t>(high * 16 + low);
  }
  return ByteView(out.first(text.size() / 2));
}

}  // namespace base
