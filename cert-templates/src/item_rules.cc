#include "cert-templates/src/item_rules.h"

#include <algorithm>
#include <charconv>

#include "cert-templates/src/limits.h"
#include "cert-templates/src/template_parts.h"

namespace cert {

std::optional<std::string> item_name_problem(std::string_view name) {
  if (name.empty()) return "the item has an empty name";
  if (name.size() > kMaxItemNameLength) return "the item's name is longer than 100 characters";
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
  if (!fits) return "the item's name has a character other than A-Z, a-z, 0-9, '_', '.' and '-'";
  return std::nullopt;
}

std::optional<std::string> server_uri_problem(std::string_view uri) {
  constexpr std::string_view kSchemes[] = {"https", "coaps", "coaps+tcp", "mqtts"};
  const size_t colon = uri.find("://");
  if (colon == std::string_view::npos || !is_absolute_uri(uri)) return "is no URI of a server";
  const std::string_view scheme = uri.substr(0, colon);
  if (std::find(std::begin(kSchemes), std::end(kSchemes), scheme) == std::end(kSchemes)) {
    return "asks for \"" + std::string(scheme) + "\", which is not protected by TLS";
  }
  std::string_view authority = uri.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return "has user information";
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return "has an IPv6 address without its \"]\"";
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port[0] != ':') return "has something else than a port behind its address";
    if (!std::all_of(host.begin(), host.end(), [](char c) {
          return std::string_view("0123456789abcdefABCDEF:.").find(c) != std::string_view::npos;
        })) {
      return "has a malformed IPv6 address";
    }
  } else {
    const size_t end = authority.find(':');
    host = authority.substr(0, end);
    if (end != std::string_view::npos) port = authority.substr(end);
    if (!is_dns_name(host)) return "has no host, or one that is neither a name nor an address";
  }
  if (host.empty()) return "has no host";
  if (port.empty()) return std::nullopt;
  port.remove_prefix(1);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0) return "has a port outside 1 to 65535";
  return std::nullopt;
}

}  // namespace cert
