// The agent's own version, as `hello` and the receipt give it.
#pragma once

#include <string_view>

namespace agent {

inline constexpr std::string_view kAgentVersion = "0.1.0";

}  // namespace agent
