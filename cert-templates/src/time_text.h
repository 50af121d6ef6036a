// Points in time: seconds since 1970 against the forms of X.509 (RFC 5280 section 4.1.2.5) and of people.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "base/host/bytes_host.h"

namespace cert {

// "99991231235959Z": no well-defined expiration (RFC 5280 section 4.1.2.5).
inline constexpr int64_t kNoExpiry = INT64_MAX;
inline constexpr std::string_view kNoExpiryText = "99991231235959Z";

// The DER of a Time: UTCTime through 2049, GeneralizedTime from 2050 and for kNoExpiry. Years 1950 to 9999 only:
// kInvalidArgument.
[[nodiscard]] base::Result<base::Bytes> encode_time(int64_t when);

// The content of a UTCTime or GeneralizedTime in the exact form of RFC 5280 (seconds, "Z", no fraction). kMalformed.
[[nodiscard]] base::Result<int64_t> decode_time(uint8_t tag, base::ByteView content);

// "2026-11-22T06:41:18Z", or "no expiry".
[[nodiscard]] std::string time_text(int64_t when);

// The same date and time `years` later; 29 February becomes 28 February.
[[nodiscard]] int64_t add_years(int64_t when, int years);

}  // namespace cert
