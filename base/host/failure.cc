#include "base/host/failure.h"

namespace base {

std::string Failure::to_string() const {
  std::string line = what;
  if (!where.empty()) line += " (" + where + ")";
  if (!line.empty() && line.back() != '.') line += '.';
  if (!next.empty()) line += " " + next;
  if (line.back() != '.') line += '.';
  line += " [" + std::string(error_name(code)) + "]";
  return line;
}

std::unexpected<Failure> failure_of(ErrorCode code, std::string where, std::string next) {
  return failure(code, std::string(error_text(code)), std::move(where), std::move(next));
}

}  // namespace base
