// The attribute types of a distinguished name: OID, string type and upper bound (RFC 5280 appendix A.1, RFC 4519).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace cert {

struct AttributeType {
  std::string_view name;          // as in a profile and in RFC 4514
  base::ByteView oid;             // content octets
  uint8_t string_tag = 0;         // what this project writes
  size_t upper_bound = 0;         // in characters
  bool directory_string = false;  // DirectoryString: PrintableString is as good as UTF8String
};

[[nodiscard]] std::span<const AttributeType> attribute_types();
[[nodiscard]] const AttributeType* find_attribute_type(std::string_view name);
[[nodiscard]] const AttributeType* find_attribute_type(base::ByteView oid);

// What is wrong with `value` (encoded with string tag `tag`) as a value of `type`, in words, or nothing.
[[nodiscard]] std::optional<std::string> attribute_value_problem(const AttributeType& type, uint8_t tag,
                                                                 base::ByteView value);

// Well-formed UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF); the count of characters.
[[nodiscard]] std::optional<size_t> utf8_length(base::ByteView text);
[[nodiscard]] bool is_printable_string(base::ByteView text);
[[nodiscard]] bool is_ia5(base::ByteView text);

}  // namespace cert
