// Results without exceptions, for host and device alike.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <type_traits>
#include <utility>

namespace base {

// One flat, extend-only space of codes: a device sends the number, the host shows the name and text.
enum class ErrorCode : uint16_t {
#define BASE_ERROR(name, value, text) name = value,
#include "base/error_codes.def"
#undef BASE_ERROR
};

// The symbolic name ("kFlashProgram"), or "kUnknown" for a number this build does not know.
[[nodiscard]] std::string_view error_name(ErrorCode code);
// One line of English saying what happened; for people, not for programs.
[[nodiscard]] std::string_view error_text(ErrorCode code);
// True where `value` is the number of a known code. A number from the wire is checked with this first.
[[nodiscard]] bool is_known_error(uint16_t value);

[[nodiscard]] constexpr std::unexpected<ErrorCode> fail(ErrorCode code) { return std::unexpected<ErrorCode>(code); }

// std::expected<T, ErrorCode> of a small value, in one whole register: a value, or an error's number below zero. A chip
// takes std::expected's members apart, and returns all that is longer than a register by way of memory.
// T holds no more than PTRDIFF_MAX: bool, uint8_t, uint16_t, or a size_t that is the size of something in memory.
template <typename T>
class [[nodiscard]] SmallResult {
 public:
  using value_type = T;
  template <std::unsigned_integral U>
    requires(sizeof(U) <= sizeof(T) && std::same_as<U, bool> == std::same_as<T, bool>)
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
  constexpr SmallResult(U value) : word_(static_cast<ptrdiff_t>(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
  constexpr SmallResult(std::unexpected<ErrorCode> error) : word_(-static_cast<ptrdiff_t>(error.error())) {}

  [[nodiscard]] constexpr bool has_value() const { return word_ >= 0; }
  constexpr explicit operator bool() const { return has_value(); }
  [[nodiscard]] constexpr T operator*() const { return static_cast<T>(word_); }
  [[nodiscard]] constexpr T value() const { return **this; }
  [[nodiscard]] constexpr ErrorCode error() const { return static_cast<ErrorCode>(-word_); }

 private:
  ptrdiff_t word_;
};
using SizeResult = SmallResult<size_t>;

template <typename T>
using Result = std::conditional_t<std::same_as<T, bool> || std::same_as<T, uint8_t> || std::same_as<T, uint16_t>,
                                  SmallResult<T>, std::expected<T, ErrorCode>>;

// std::expected<void, ErrorCode> in one whole register: a chip tests it with one instruction, and there are hundreds of
// tests.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
  constexpr Status(std::unexpected<ErrorCode> error) : code_(static_cast<uint16_t>(error.error())) {}

  [[nodiscard]] constexpr bool has_value() const { return code_ == 0; }
  constexpr explicit operator bool() const { return has_value(); }
  // kOk where there is none.
  [[nodiscard]] constexpr ErrorCode error() const { return static_cast<ErrorCode>(code_); }
  friend constexpr bool operator==(Status, Status) = default;

 private:
  uint_fast16_t code_ = 0;
};

}  // namespace base

// Returns early with the error of `expression`, which yields a Result or Status.
#define BASE_TRY(expression)                                      \
  do {                                                            \
    if (auto base_try_status = (expression); !base_try_status) {  \
      return std::unexpected(std::move(base_try_status).error()); \
    }                                                             \
  } while (false)

#define BASE_CONCAT_INNER(a, b) a##b
#define BASE_CONCAT(a, b) BASE_CONCAT_INNER(a, b)

// Declares `declaration` from the value of `expression`, or returns early with its error.
#define BASE_ASSIGN(declaration, expression) \
  BASE_ASSIGN_INNER(BASE_CONCAT(base_assign_, __LINE__), declaration, expression)
#define BASE_ASSIGN_INNER(temporary, declaration, expression)           \
  auto temporary = (expression);                                        \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  declaration = *std::move(temporary)
