#include "cert-templates/src/name_attributes.h"

#include <algorithm>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/oids.h"

namespace cert {
namespace {

constexpr uint8_t kLocality[] = {0x55, 0x04, 0x07};
constexpr uint8_t kState[] = {0x55, 0x04, 0x08};
constexpr uint8_t kOrganization[] = {0x55, 0x04, 0x0A};
constexpr uint8_t kTitle[] = {0x55, 0x04, 0x0C};
constexpr uint8_t kDnQualifier[] = {0x55, 0x04, 0x2E};
constexpr uint8_t kUserId[] = {0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01};
constexpr uint8_t kDomainComponent[] = {0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19};

constexpr AttributeType kTypes[] = {
    {"CN", oids::kCommonName, der::kUtf8String, 64, true},
    {"serialNumber", oids::kSerialNumber, der::kPrintableString, 64, false},
    {"C", oids::kCountryName, der::kPrintableString, 2, false},
    {"L", kLocality, der::kUtf8String, 128, true},
    {"ST", kState, der::kUtf8String, 128, true},
    {"O", kOrganization, der::kUtf8String, 64, true},
    {"OU", oids::kOrganizationalUnit, der::kUtf8String, 64, true},
    {"title", kTitle, der::kUtf8String, 64, true},
    {"dnQualifier", kDnQualifier, der::kPrintableString, 64, false},
    {"UID", kUserId, der::kUtf8String, 256, true},
    {"DC", kDomainComponent, der::kIa5String, 63, false},
};

bool is_continuation(uint8_t octet) { return (octet & 0xC0) == 0x80; }

}  // namespace

std::span<const AttributeType> attribute_types() { return kTypes; }

const AttributeType* find_attribute_type(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& type) { return type.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

const AttributeType* find_attribute_type(base::ByteView oid) {
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& type) { return base::equal(type.oid, oid); });
  return found == std::end(kTypes) ? nullptr : found;
}

std::optional<std::string> attribute_value_problem(const AttributeType& type, uint8_t tag, base::ByteView value) {
  const std::string name(type.name);
  const bool allowed = tag == type.string_tag || (type.directory_string && tag == der::kPrintableString);
  if (!allowed) return name + " has the wrong string type";
  size_t length = value.size();
  if (tag == der::kUtf8String) {
    const auto characters = utf8_length(value);
    if (!characters) return name + " is not valid UTF-8";
    length = *characters;
  } else if (tag == der::kPrintableString && !is_printable_string(value)) {
    return name +
           " has a character that a PrintableString cannot hold (allowed: letters, digits, space and '()+,-./:=?)";
  } else if (tag == der::kIa5String && !is_ia5(value)) {
    return name + " has a character outside ASCII";
  }
  if (length == 0) return name + " is empty";
  if (length > type.upper_bound) {
    return name + " has " + std::to_string(length) + " characters, the upper bound is " +
           std::to_string(type.upper_bound);
  }
  if (base::equal(type.oid, oids::kCountryName) &&
      (length != 2 || !std::all_of(value.begin(), value.end(), [](uint8_t c) { return c >= 'A' && c <= 'Z'; }))) {
    return name + " is not a country code of two capital letters (ISO 3166)";
  }
  if (std::any_of(value.begin(), value.end(), [](uint8_t c) { return c < 0x20 || c == 0x7F; })) {
    return name + " has a control character";
  }
  return std::nullopt;
}

std::optional<size_t> utf8_length(base::ByteView text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) {
    const uint8_t lead = text[i];
    size_t more = 0;
    uint32_t least = 0;
    uint32_t code = 0;
    if (lead < 0x80) {
      ++i;
      continue;
    } else if ((lead & 0xE0) == 0xC0) {
      more = 1, least = 0x80, code = lead & 0x1F;
    } else if ((lead & 0xF0) == 0xE0) {
      more = 2, least = 0x800, code = lead & 0x0F;
    } else if ((lead & 0xF8) == 0xF0) {
      more = 3, least = 0x10000, code = lead & 0x07;
    } else {
      return std::nullopt;
    }
    if (text.size() - i <= more) return std::nullopt;
    for (size_t k = 1; k <= more; ++k) {
      if (!is_continuation(text[i + k])) return std::nullopt;
      code = (code << 6) | (text[i + k] & 0x3F);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
    i += more + 1;
  }
  return count;
}

bool is_printable_string(base::ByteView text) {
  return std::all_of(text.begin(), text.end(), [](uint8_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::string_view(" '()+,-./:=?").find(static_cast<char>(c)) != std::string_view::npos);
  });
}

bool is_ia5(base::ByteView text) {
  return std::all_of(text.begin(), text.end(), [](uint8_t c) { return c < 0x80; });
}

}  // namespace cert
