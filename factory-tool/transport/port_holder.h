// Who else has a port open, for messages.
#pragma once

#include <string>

namespace factory {

// " by NAME (process N)" for the first other process that has `port` open, as far as this user may look; else empty.
[[nodiscard]] std::string port_holder_text(const std::string& port);

}  // namespace factory
