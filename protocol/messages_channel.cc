// Messages inside the channel.
#include "protocol/cbor.h"
#include "protocol/messages.h"

namespace protocol {
namespace {

constexpr auto kMap = CborReader::Container::kMap;
constexpr auto kArray = CborReader::Container::kArray;

// Entries of a part that are left out stand for the common case: one part, write-once.
struct PartShape {
  explicit PartShape(const ItemPart& part)
      : has_flags(part.flags != kItemWriteOnce),
        has_offset(part.offset != 0),
        has_total(has_offset || part.total != part.data.size()) {}
  bool has_flags;
  bool has_offset;
  bool has_total;
};

void decode_part(CborReader& r, ItemPart& part) {
  r.text(1, part.name, 1, kMaxItemNameSize);
  if (r.find(2)) part.flags = static_cast<uint8_t>(r.take_uint(UINT8_MAX));
  const bool has_total = r.find(3);
  if (has_total) part.total = static_cast<uint16_t>(r.take_uint(kMaxItemSize));
  if (r.find(4)) part.offset = static_cast<uint16_t>(r.take_uint(kMaxItemSize));
  r.bytes(5, part.data, 0, kMaxItemSize);
  if (r.failed()) return;
  if (!has_total) part.total = static_cast<uint16_t>(part.data.size());
  if (size_t{part.offset} + part.data.size() > part.total) r.set_error(base::ErrorCode::kCborFieldType);
}

}  // namespace

Result<ByteView> encode(const SessionState& m, MutableBytes out) {
  CborWriter w(out);
  w.map(size_t{m.transaction.has_value()} + m.seed_commitment.has_value() + !m.serial.empty() +
        m.public_key.has_value() + m.committed.has_value() + !m.items.empty());
  w.field(1, m.transaction);
  w.field(2, m.seed_commitment);
  if (!m.serial.empty()) w.field(3, m.serial);
  w.field(4, m.public_key);
  w.field(5, m.committed);
  // The tags follow each other in one byte string.
  static_assert(sizeof(ItemTag) == kItemTagSize);
  if (!m.items.empty()) w.field(6, ByteView(m.items.begin()->data(), m.items.size() * kItemTagSize));
  return w.finish();
}

base::Status decode(ByteView bytes, SessionState& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.optional(1, m.transaction);
  r.optional(2, m.seed_commitment);
  if (r.find(3)) m.serial = r.take_text(1, kMaxSerialSize);
  r.optional(4, m.public_key);
  r.optional(5, m.committed);
  if (r.find(6)) {
    const ByteView tags = r.take_bytes(kItemTagSize, kMaxItems * kItemTagSize);
    if (tags.size() % kItemTagSize != 0) r.set_error(base::ErrorCode::kCborFieldType);
    for (size_t at = 0; !r.failed() && at < tags.size(); at += kItemTagSize) {
      ItemTag tag;
      base::copy(tag, tags.subspan(at, kItemTagSize));
      if (!m.items.push_back(tag)) r.set_error(base::ErrorCode::kCborFieldType);
    }
  }
  return r.finish();
}

Result<ByteView> encode(const SeedRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, ByteView(m.transaction));
  w.field(2, m.seed);
  return w.finish();
}

base::Status decode(ByteView bytes, SeedRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.transaction);
  r.bytes(2, m.seed, kSeedSize, kSeedSize);
  return r.finish();
}

Result<ByteView> encode(const BeginRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, ByteView(m.transaction));
  w.field(2, m.serial);
  return w.finish();
}

base::Status decode(ByteView bytes, BeginRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.transaction);
  r.text(2, m.serial, 1, kMaxSerialSize);
  return r.finish();
}

Result<ByteView> encode(const GenerateKeyRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.subject);
  return w.finish();
}

base::Status decode(ByteView bytes, GenerateKeyRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.subject, 2, kMaxSubjectSize);
  return r.finish();
}

Result<ByteView> encode(const GenerateKeyReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.csr);
  return w.finish();
}

base::Status decode(ByteView bytes, GenerateKeyReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.csr, 1, kMaxCsrSize);
  return r.finish();
}

Result<ByteView> encode(const ImportKeyRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.private_key);
  return w.finish();
}

base::Status decode(ByteView bytes, ImportKeyRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.private_key, kPrivateKeySize, kPrivateKeySize);
  return r.finish();
}

Result<ByteView> encode(const ImportKeyReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, ByteView(m.public_key));
  return w.finish();
}

base::Status decode(ByteView bytes, ImportKeyReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.public_key);
  return r.finish();
}

Result<ByteView> encode(const PutRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.key(1);
  w.array(m.parts.size());
  for (const ItemPart& part : m.parts) {
    const PartShape shape(part);
    w.map(2U + shape.has_flags + shape.has_total + shape.has_offset);
    w.field(1, part.name);
    if (shape.has_flags) w.field(2, part.flags);
    if (shape.has_total) w.field(3, part.total);
    if (shape.has_offset) w.field(4, part.offset);
    w.field(5, part.data);
  }
  return w.finish();
}

base::Status decode(ByteView bytes, PutRequest& m) {
  m.parts.clear();
  CborReader r(bytes, kMap);
  if (!r.require(1)) return r.finish();
  const ByteView parts = r.take_container(kArray);
  BASE_TRY(r.finish());
  CborReader list(parts, kArray, CborReader::Input::kChecked);
  while (list.more()) {
    const ByteView encoded = list.take_container(kMap);
    BASE_TRY(list.finish());
    CborReader entry(encoded, kMap, CborReader::Input::kChecked);
    ItemPart part;
    decode_part(entry, part);
    BASE_TRY(entry.finish());
    if (!m.parts.push_back(part)) return base::fail(base::ErrorCode::kCborFieldType);
  }
  if (m.parts.empty()) list.set_error(base::ErrorCode::kCborFieldType);
  return list.finish();
}

Result<ByteView> encode(const CommitRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, m.item_count);
  w.field(2, ByteView(m.digest));
  return w.finish();
}

base::Status decode(ByteView bytes, CommitRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.item_count);
  r.fixed(2, m.digest);
  return r.finish();
}

Result<ByteView> encode(const LockRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1U + (m.read_protection != 0));
  w.field(1, ByteView(m.challenge));
  if (m.read_protection != 0) w.field(2, m.read_protection);
  return w.finish();
}

base::Status decode(ByteView bytes, LockRequest& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.fixed(1, m.challenge);
  if (r.find(2)) m.read_protection = static_cast<uint8_t>(r.take_uint(kMaxReadProtection));
  return r.finish();
}

Result<ByteView> encode(const LockReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.field(1, m.receipt);
  return w.finish();
}

base::Status decode(ByteView bytes, LockReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.bytes(1, m.receipt, 1, kMaxReceiptSize);
  return r.finish();
}

Result<ByteView> encode(const VerifyReply& m, MutableBytes out) {
  CborWriter w(out);
  w.map(2);
  w.field(1, m.item_count);
  w.field(2, ByteView(m.digest));
  return w.finish();
}

base::Status decode(ByteView bytes, VerifyReply& m) {
  m = {};
  CborReader r(bytes, kMap);
  r.uint(1, m.item_count);
  r.fixed(2, m.digest);
  return r.finish();
}

}  // namespace protocol
