// The profiles that come with the tool; `init` puts them into the home.
#pragma once

#include <span>
#include <string_view>

namespace factory {

struct ShippedProfile {
  std::string_view file_name;
  std::string_view text;
};

std::span<const ShippedProfile> shipped_profiles();

}  // namespace factory
