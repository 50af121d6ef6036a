// IP addresses as text: RFC 4291 section 2.2 for IPv6, dotted decimal for IPv4.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace client {

// Network order; 4 or 16 bytes are in use.
struct IpAddress {
  base::ByteArray<16> bytes{};
  uint8_t size = 0;

  [[nodiscard]] base::ByteView view() const { return {bytes.data(), size}; }
};

// Exactly one address and nothing else; no zone ("%eth0"), no leading zeros in IPv4. kMalformed.
[[nodiscard]] base::Result<IpAddress> parse_ip_address(std::string_view text);

}  // namespace client
