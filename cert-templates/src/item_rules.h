// Single rules on items, shared by the profile reader and the checks before injection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cert {

// What is wrong with an item's name, in words, or nothing: 1 to 100 of [A-Za-z0-9_.-].
[[nodiscard]] std::optional<std::string> item_name_problem(std::string_view name);

// What is wrong with the URI of a server: only schemes that mean TLS or DTLS, a host, a port in range, no user info.
[[nodiscard]] std::optional<std::string> server_uri_problem(std::string_view uri);

}  // namespace cert
