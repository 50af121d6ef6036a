// Text that comes from people and devices, made fit for the registry, CBOR and JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace db {

// Well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);
// `text` with every byte that is no UTF-8 and every control character replaced by U+FFFD; at most `limit` bytes.
[[nodiscard]] std::string clean_text(std::string_view text, size_t limit = 1000);
// A name: 1 to 100 bytes of UTF-8 without control characters.
[[nodiscard]] bool is_name(std::string_view text);
// Appends `text` with its quotes (RFC 8259).
void append_json_string(std::string_view text, std::string& out);
// "2026-11-22T06:41:18.250Z" for milliseconds since 1970.
[[nodiscard]] std::string iso_time(int64_t milliseconds);

}  // namespace db
