// The nearest known word to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cert {

// The candidate with the smallest edit distance, where it is small against the length of `word`; else empty.
[[nodiscard]] std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

// "did you mean \"x\"? " where there is a near word, and the list of all in every case.
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace cert
