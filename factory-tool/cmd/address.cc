#include "factory-tool/cmd/address.h"

namespace factory {

using base::ErrorCode;
using base::failure;
using base::Outcome;

Outcome<int> parse_port(const std::string& text) {
  int port = 0;
  if (text.empty() || text.size() > 5) return failure(ErrorCode::kUsage, "`" + text + "` is not a port");
  for (char c : text) {
    if (c < '0' || c > '9') return failure(ErrorCode::kUsage, "`" + text + "` is not a port");
    port = 10 * port + (c - '0');
  }
  if (port > 65535) return failure(ErrorCode::kUsage, "`" + text + "` is not a port");
  return port;
}

Outcome<Address> parse_address(const std::string& text, const std::string& option) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return failure(ErrorCode::kUsage, "`" + option + " " + text + "` is not of the form HOST:PORT");
  }
  Address address;
  address.host = text.substr(0, colon);
  BASE_ASSIGN(address.port, parse_port(text.substr(colon + 1)));
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

}  // namespace factory
