// Lower-case hexadecimal text.
#pragma once

#include "base/bytes.h"

namespace base {

// Writes 2 * data.size() characters to `out`. kBufferTooSmall: they do not fit.
[[nodiscard]] Result<std::string_view> hex_encode(ByteView data, std::span<char> out);
// Reads pairs of digits of either case. kMalformed: odd length or another character; kBufferTooSmall.
[[nodiscard]] Result<ByteView> hex_decode(std::string_view text, MutableBytes out);

}  // namespace base
