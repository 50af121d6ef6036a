#include "base/result.h"

#include <algorithm>
#include <iterator>

namespace base {
namespace {

struct Entry {
  ErrorCode code;
  std::string_view name;
  std::string_view text;
};

constexpr Entry kEntries[] = {
#define BASE_ERROR(name, value, text) {ErrorCode::name, #name, text},
#include "base/error_codes.def"
#undef BASE_ERROR
};

// Ascending and unique, so that the list is readable and a look-up is a binary search.
static_assert(std::adjacent_find(std::begin(kEntries), std::end(kEntries), [](const Entry& a, const Entry& b) {
                return a.code >= b.code;
              }) == std::end(kEntries));

const Entry* find(ErrorCode code) {
  const auto* entry = std::lower_bound(std::begin(kEntries), std::end(kEntries), code,
                                       [](const Entry& e, ErrorCode c) { return e.code < c; });
  return entry != std::end(kEntries) && entry->code == code ? entry : nullptr;
}

}  // namespace

std::string_view error_name(ErrorCode code) {
  const Entry* entry = find(code);
  return entry != nullptr ? entry->name : "kUnknown";
}

std::string_view error_text(ErrorCode code) {
  const Entry* entry = find(code);
  return entry != nullptr ? entry->text : "an error that this version does not know";
}

// Numbers alone: a chip asks this, and has no room for names and texts.
bool is_known_error(uint16_t value) {
  static constexpr uint16_t kNumbers[] = {
#define BASE_ERROR(name, value, text) value,
#include "base/error_codes.def"
#undef BASE_ERROR
  };
  return std::binary_search(std::begin(kNumbers), std::end(kNumbers), value);
}

}  // namespace base
