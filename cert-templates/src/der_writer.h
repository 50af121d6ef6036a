// Small DER encoders (X.690) that return owned bytes; for what is computed once, not for each unit.
#pragma once

#include <initializer_list>

#include "base/host/bytes_host.h"

namespace cert::der {

enum Tag : uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kUtf8String = 0x0C,
  kPrintableString = 0x13,
  kTeletexString = 0x14,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kUniversalString = 0x1C,
  kBmpString = 0x1E,
  kSequence = 0x30,
  kSet = 0x31,
};
[[nodiscard]] constexpr uint8_t context(uint8_t number) { return static_cast<uint8_t>(0x80 | number); }
[[nodiscard]] constexpr uint8_t context_constructed(uint8_t number) { return static_cast<uint8_t>(0xA0 | number); }

void append(base::Bytes& to, base::ByteView bytes);
void append_header(base::Bytes& to, uint8_t tag, size_t length);

[[nodiscard]] base::Bytes tlv(uint8_t tag, base::ByteView content);
[[nodiscard]] base::Bytes tlv(uint8_t tag, std::string_view content);
[[nodiscard]] base::Bytes join(std::initializer_list<base::Bytes> parts);
[[nodiscard]] base::Bytes sequence(std::initializer_list<base::Bytes> parts);
[[nodiscard]] base::Bytes oid(base::ByteView content);
[[nodiscard]] base::Bytes boolean_true();
// BIT STRING of named bits (X.690 11.2.2): bit 0 is the highest of the first octet, trailing zero bits are left out.
[[nodiscard]] base::Bytes named_bits(uint16_t bits);

}  // namespace cert::der
