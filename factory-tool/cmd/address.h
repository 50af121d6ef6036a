// HOST:PORT on the command line.
#pragma once

#include <string>

#include "base/host/failure.h"

namespace factory {

struct Address {
  std::string host;  // without brackets; may be empty
  int port = 0;      // 0 to 65535
};

// kUsage.
base::Outcome<int> parse_port(const std::string& text);
// HOST:PORT, [ADDRESS]:PORT or :PORT; `option` is what the message names. kUsage.
base::Outcome<Address> parse_address(const std::string& text, const std::string& option);

}  // namespace factory
