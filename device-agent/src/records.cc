#include "device-agent/src/records.h"

#include "rot/well_known.h"

namespace agent {
namespace {

using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::ErrorCode;
using base::MutableBytes;
using base::Result;
using base::Status;

// The record's bytes; empty where it does not exist (no record is ever empty).
Result<ByteView> read(rot::Rot& rot, std::string_view name, MutableBytes buffer) {
  auto size = rot.get_item(name, buffer);
  if (size) return ByteView(buffer.first(*size));
  if (size.error() == ErrorCode::kItemNotFound || size.error() == ErrorCode::kNoRootKey) return ByteView();
  return base::fail(size.error());
}

Result<bool> exactly(const Result<ByteView>& bytes, size_t size) {
  if (!bytes) return base::fail(bytes.error());
  if (bytes->empty()) return false;
  if (bytes->size() != size) return base::fail(ErrorCode::kStoreCorrupt);
  return true;
}

}  // namespace

Result<bool> read_record(rot::Rot& rot, SeedRecord& record) {
  base::ByteArray<protocol::kTransactionIdSize + protocol::kDigestSize> raw;
  BASE_ASSIGN(const bool found, exactly(read(rot, rot::kSeedItem, raw), raw.size()));
  if (!found) return false;
  base::copy(record.transaction, ByteView(raw).first(protocol::kTransactionIdSize));
  base::copy(record.commitment, ByteView(raw).subspan(protocol::kTransactionIdSize));
  return true;
}

Status write_record(rot::Rot& rot, const SeedRecord& record) {
  base::ByteArray<protocol::kTransactionIdSize + protocol::kDigestSize> raw;
  ByteWriter writer(raw);
  writer.bytes(record.transaction);
  writer.bytes(record.commitment);
  return rot.put_item(rot::kSeedItem, rot::kWriteOnce, raw);
}

Result<bool> read_record(rot::Rot& rot, TransactionRecord& record) {
  base::ByteArray<protocol::kTransactionIdSize + protocol::kMaxSerialSize> raw;
  BASE_ASSIGN(const ByteView bytes, read(rot, rot::kTransactionItem, raw));
  if (bytes.empty()) return false;
  if (bytes.size() <= protocol::kTransactionIdSize) return base::fail(ErrorCode::kStoreCorrupt);
  base::copy(record.transaction, bytes.first(protocol::kTransactionIdSize));
  const ByteView serial = bytes.subspan(protocol::kTransactionIdSize);
  record.serial_size = serial.size();
  std::memcpy(record.serial_text.data(), serial.data(), serial.size());
  return true;
}

Status write_record(rot::Rot& rot, const TransactionRecord& record) {
  base::ByteArray<protocol::kTransactionIdSize + protocol::kMaxSerialSize> raw;
  ByteWriter writer(raw);
  writer.bytes(record.transaction);
  writer.bytes(base::as_bytes(record.serial()));
  BASE_ASSIGN(const ByteView bytes, writer.finish());
  return rot.put_item(rot::kTransactionItem, rot::kWriteOnce, bytes);
}

Result<bool> read_record(rot::Rot& rot, KeyRecord& record) {
  return exactly(read(rot, rot::kPublicKeyItem, record.public_key), record.public_key.size());
}

Status write_record(rot::Rot& rot, const KeyRecord& record) {
  return rot.put_item(rot::kPublicKeyItem, rot::kWriteOnce, record.public_key);
}

Result<bool> read_record(rot::Rot& rot, CommitRecord& record) {
  base::ByteArray<2 + protocol::kDigestSize> raw;
  BASE_ASSIGN(const bool found, exactly(read(rot, rot::kCommitItem, raw), raw.size()));
  if (!found) return false;
  record.item_count = base::load_be<uint16_t>(raw.data());
  base::copy(record.digest, ByteView(raw).subspan(2));
  return true;
}

Status write_record(rot::Rot& rot, const CommitRecord& record) {
  base::ByteArray<2 + protocol::kDigestSize> raw;
  ByteWriter writer(raw);
  writer.u16(record.item_count);
  writer.bytes(record.digest);
  return rot.put_item(rot::kCommitItem, rot::kWriteOnce, raw);
}

Result<uint8_t> wanted_read_protection(rot::Rot& rot) {
  base::ByteArray<1> level{};
  BASE_TRY(exactly(read(rot, rot::kProtectionItem, level), level.size()));
  return level[0];
}

Status want_read_protection(rot::Rot& rot, uint8_t level) {
  BASE_ASSIGN(const uint8_t present, wanted_read_protection(rot));
  // Most products ask for none, and then there is no record.
  return level == present ? Status() : rot.put_item(rot::kProtectionItem, 0, {&level, 1});
}

}  // namespace agent
