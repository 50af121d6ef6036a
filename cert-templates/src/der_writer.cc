#include "cert-templates/src/der_writer.h"

#include <bit>

namespace cert::der {

void append(base::Bytes& to, base::ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

void append_header(base::Bytes& to, uint8_t tag, size_t length) {
  to.push_back(tag);
  if (length < 0x80) {
    to.push_back(static_cast<uint8_t>(length));
    return;
  }
  int octets = 0;
  for (size_t rest = length; rest != 0; rest >>= 8) ++octets;
  to.push_back(static_cast<uint8_t>(0x80 | octets));
  for (int i = octets - 1; i >= 0; --i) to.push_back(static_cast<uint8_t>(length >> (8 * i)));
}

base::Bytes tlv(uint8_t tag, base::ByteView content) {
  base::Bytes out;
  append_header(out, tag, content.size());
  append(out, content);
  return out;
}

base::Bytes tlv(uint8_t tag, std::string_view content) { return tlv(tag, base::as_bytes(content)); }

base::Bytes join(std::initializer_list<base::Bytes> parts) {
  base::Bytes out;
  for (const base::Bytes& part : parts) append(out, part);
  return out;
}

base::Bytes sequence(std::initializer_list<base::Bytes> parts) { return tlv(kSequence, join(parts)); }

base::Bytes oid(base::ByteView content) { return tlv(kOid, content); }

base::Bytes boolean_true() { return {kBoolean, 1, 0xFF}; }

base::Bytes named_bits(uint16_t bits) {
  if (bits == 0) return {kBitString, 1, 0};
  // Named bit n is bit 15 - n of `bits`.
  const int unused_of_16 = std::countr_zero(bits);
  base::Bytes content = {static_cast<uint8_t>(unused_of_16 % 8), static_cast<uint8_t>(bits >> 8)};
  if (unused_of_16 < 8) content.push_back(static_cast<uint8_t>(bits & 0xFF));
  return tlv(kBitString, content);
}

}  // namespace cert::der
