// The server's URI (RFC 3986), reduced to what this client uses: "https://host[:port][/]".
#pragma once

#include <optional>
#include <string_view>

#include "client/src/ip_address.h"

namespace client {

inline constexpr size_t kMaxUriSize = 300;
inline constexpr size_t kMaxHostSize = 253;  // RFC 1035 section 2.3.4, as text
inline constexpr uint16_t kHttpsPort = 443;

// `host` points into the URI that was parsed; an IPv6 literal stands without its brackets.
struct ServerUri {
  std::string_view host;
  uint16_t port = kHttpsPort;
  std::optional<IpAddress> address;  // the host is a literal
};

// kUriNotTls: a scheme without TLS ("http", "coap", "coap+tcp", "ws", "mqtt", "ftp") or none at all;
// kUnsupported: a scheme that implies TLS or DTLS but that this client does not speak ("coaps", "wss", ...) or
//   does not know;
// kUriMalformed: anything else that is wrong, user names, paths, queries and fragments included.
[[nodiscard]] base::Result<ServerUri> parse_uri(std::string_view uri);

}  // namespace client
