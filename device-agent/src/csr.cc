#include "device-agent/src/csr.h"

#include <cstring>

#include "crypto/sha256.h"
#include "device-agent/src/core.h"

namespace agent {
namespace {

using base::ByteView;
using base::ByteWriter;
using base::ErrorCode;
using base::MutableBytes;
using base::Result;

// X.690 tags.
constexpr uint8_t kInteger = 0x02;
constexpr uint8_t kBitString = 0x03;
constexpr uint8_t kObjectId = 0x06;
constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kSet = 0x31;
constexpr uint8_t kAttributes = 0xA0;  // [0] IMPLICIT, constructed

// SubjectPublicKeyInfo of P-256 up to the point: id-ecPublicKey, secp256r1, BIT STRING without unused bits.
constexpr base::ByteArray<26> kSpkiPrefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                                             0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
// AlgorithmIdentifier ecdsa-with-SHA256, parameters absent.
constexpr base::ByteArray<12> kEcdsaWithSha256 = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
constexpr base::ByteArray<3> kVersion0 = {kInteger, 0x01, 0x00};

constexpr size_t header_size(size_t length) { return length < 0x80 ? 2 : length < 0x100 ? 3 : 4; }

void write_header(ByteWriter& writer, uint8_t tag, size_t length) {
  writer.u8(tag);
  if (length >= 0x100) {
    writer.u8(0x82);
    writer.u16(static_cast<uint16_t>(length));
    return;
  }
  if (length >= 0x80) writer.u8(0x81);
  writer.u8(static_cast<uint8_t>(length));
}

// Takes one element off the front of `rest`: shortest definite length, as DER asks, up to 65535.
struct Element {
  uint8_t tag = 0;
  ByteView content;
};
bool take(ByteView& rest, Element& element) {
  if (rest.size() < 2) return false;
  element.tag = rest[0];
  size_t length = rest[1];
  size_t header = 2;
  if (length == 0x81) {
    if (rest.size() < 3 || rest[2] < 0x80) return false;
    length = rest[2];
    header = 3;
  } else if (length == 0x82) {
    if (rest.size() < 4 || rest[2] == 0) return false;
    length = base::load_be<uint16_t>(&rest[2]);
    header = 4;
  } else if (length >= 0x80) {
    return false;
  }
  if (length > rest.size() - header) return false;
  element.content = rest.subspan(header, length);
  rest = rest.subspan(header + length);
  return true;
}

bool is_type_and_value(const Element& pair) {
  if (pair.tag != kSequence) return false;
  ByteView rest = pair.content;
  Element type;
  Element value;
  return take(rest, type) && type.tag == kObjectId && !type.content.empty() && take(rest, value) && rest.empty();
}

// r or s as INTEGER: no leading zeros, but one where the top bit would make it negative.
void write_integer(ByteWriter& writer, ByteView value) {
  while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
  const bool pad = (value[0] & 0x80) != 0;
  write_header(writer, kInteger, value.size() + (pad ? 1 : 0));
  if (pad) writer.u8(0);
  writer.bytes(value);
}

// Ecdsa-Sig-Value (RFC 5480 appendix A) from r || s.
Result<ByteView> signature_to_der(std::span<const uint8_t, protocol::kSignatureSize> signature, MutableBytes out) {
  base::ByteArray<2 * 35> integers;
  ByteWriter content(integers);
  write_integer(content, signature.first<32>());
  write_integer(content, signature.last<32>());
  BASE_ASSIGN(const ByteView both, content.finish());
  ByteWriter writer(out);
  write_header(writer, kSequence, both.size());
  writer.bytes(both);
  return writer.finish();
}

}  // namespace

bool is_der_name(ByteView subject) {
  Element name;
  if (!take(subject, name) || name.tag != kSequence || !subject.empty()) return false;
  ByteView sets = name.content;
  while (!sets.empty()) {
    Element set;
    if (!take(sets, set) || set.tag != kSet || set.content.empty()) return false;
    ByteView pairs = set.content;
    while (!pairs.empty()) {
      Element pair;
      if (!take(pairs, pair) || !is_type_and_value(pair)) return false;
    }
  }
  return true;
}

Result<ByteView> write_csr(psa_key_id_t key, const protocol::PublicKey& public_key, ByteView subject, MutableBytes out) {
  if (subject.size() > protocol::kMaxSubjectSize || !is_der_name(subject)) return base::fail(ErrorCode::kInvalidArgument);

  // CertificationRequestInfo at the start of `out`; moved behind the outer header once the signature's size is known.
  ByteWriter info_writer(out);
  write_header(info_writer, kSequence, kVersion0.size() + subject.size() + kSpkiPrefix.size() + public_key.size() + 2);
  info_writer.bytes(kVersion0);
  info_writer.bytes(subject);
  info_writer.bytes(kSpkiPrefix);
  info_writer.bytes(public_key);
  write_header(info_writer, kAttributes, 0);
  BASE_ASSIGN(const ByteView info, info_writer.finish());

  entropy::stir_psa_random(info);
  base::ByteArray<protocol::kSignatureSize> raw;
  size_t raw_size = 0;
  const crypto::Digest digest = crypto::Sha256().update(info).finish();
  BASE_TRY(from_psa(psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest.data(), digest.size(), raw.data(), raw.size(),
                                  &raw_size)));
  if (raw_size != raw.size()) return base::fail(ErrorCode::kCrypto);
  base::ByteArray<2 + 2 * 35> der;
  BASE_ASSIGN(const ByteView signature, signature_to_der(raw, der));

  const size_t content = info.size() + kEcdsaWithSha256.size() + header_size(signature.size() + 1) + 1 + signature.size();
  const size_t header = header_size(content);
  if (header + content > out.size()) return base::fail(ErrorCode::kBufferTooSmall);
  std::memmove(out.data() + header, out.data(), info.size());
  ByteWriter front(out.first(header));
  write_header(front, kSequence, content);
  ByteWriter back(out.subspan(header + info.size()));
  back.bytes(kEcdsaWithSha256);
  write_header(back, kBitString, signature.size() + 1);
  back.u8(0);  // no unused bits
  back.bytes(signature);
  BASE_TRY(back.finish());
  return ByteView(out.first(header + content));
}

}  // namespace agent
