// Errors for people: what happened, where, and what to do next. Host only (uses the heap).
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/result.h"

namespace base {

struct Failure {
  ErrorCode code = ErrorCode::kOk;
  std::string what;   // one sentence; no secret in it
  std::string where;  // file:line, port, table, unit; may be empty
  std::string next;   // what the reader can do now; may be empty

  // "what (where). next [kCode]" on one line.
  [[nodiscard]] std::string to_string() const;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> failure(ErrorCode code, std::string what, std::string where = {},
                                                      std::string next = {}) {
  return std::unexpected(Failure{code, std::move(what), std::move(where), std::move(next)});
}

// The failure for a bare code, with the code's own text in front of `where`.
[[nodiscard]] std::unexpected<Failure> failure_of(ErrorCode code, std::string where = {}, std::string next = {});

}  // namespace base
