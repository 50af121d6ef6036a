#include "client/src/uri.h"

namespace client {
namespace {

using base::ErrorCode;
using base::fail;

constexpr std::string_view kPlainSchemes[] = {"http", "coap", "coap+tcp", "coap+ws", "ws", "mqtt", "ftp", "tcp", "udp"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return false;
  for (const char c : text) {
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// Labels of letters, digits and hyphens (RFC 1123 section 2.1); one dot at the end is taken for the root and refused,
// because no certificate carries it.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostSize) return false;
  size_t label = 0;
  char previous = '.';
  for (const char c : host) {
    if (c == '.') {
      if (label == 0 || previous == '-') return false;
      label = 0;
    } else {
      if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
      if (label == 0 && c == '-') return false;
      if (++label > 63) return false;
    }
    previous = c;
  }
  return label > 0 && previous != '-';
}

bool looks_like_ipv4(std::string_view host) {
  for (const char c : host) {
    if (!is_digit(c) && c != '.') return false;
  }
  return true;
}

base::Result<uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return fail(ErrorCode::kUriMalformed);
  uint32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return fail(ErrorCode::kUriMalformed);
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  if (value == 0 || value > 65535) return fail(ErrorCode::kUriMalformed);
  return static_cast<uint16_t>(value);
}

}  // namespace

base::Result<ServerUri> parse_uri(std::string_view uri) {
  if (uri.empty() || uri.size() > kMaxUriSize) return fail(ErrorCode::kUriMalformed);
  const size_t colon = uri.find("://");
  // "host:5684" without a scheme must not be taken for a secure default.
  if (colon == std::string_view::npos) return fail(ErrorCode::kUriNotTls);
  const std::string_view scheme = uri.substr(0, colon);
  if (!is_scheme(scheme)) return fail(ErrorCode::kUriMalformed);
  if (!equal_ignoring_case(scheme, "https")) {
    for (const std::string_view plain : kPlainSchemes) {
      if (equal_ignoring_case(scheme, plain)) return fail(ErrorCode::kUriNotTls);
    }
    return fail(ErrorCode::kUnsupported);
  }

  std::string_view authority = uri.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);

  ServerUri result;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return fail(ErrorCode::kUriMalformed);
    result.host = authority.substr(1, end - 1);
    const auto address = parse_ip_address(result.host);
    if (!address || address->size != 16) return fail(ErrorCode::kUriMalformed);
    result.address = *address;
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty()) {
      if (rest[0] != ':') return fail(ErrorCode::kUriMalformed);
      has_port = true;
      port = rest.substr(1);
    }
  } else {
    const size_t end = authority.find(':');
    result.host = authority.substr(0, end);
    if (end != std::string_view::npos) {
      has_port = true;
      port = authority.substr(end + 1);
    }
    if (looks_like_ipv4(result.host)) {
      const auto address = parse_ip_address(result.host);
      if (!address) return fail(ErrorCode::kUriMalformed);
      result.address = *address;
    } else if (!is_host_name(result.host)) {
      return fail(ErrorCode::kUriMalformed);
    }
  }
  if (has_port) {
    BASE_ASSIGN(result.port, parse_port(port));
  }
  return result;
}

}  // namespace client
