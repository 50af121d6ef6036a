#include "device-agent/src/records.h"

#include <cstddef>
#include <type_traits>

#include "rot/well_known.h"

namespace agent {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::MutableBytes;
using base::Result;
using base::Status;

// The bytes of a record as they are stored.
template <typename T>
MutableBytes bytes_of(T& record) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  return {reinterpret_cast<uint8_t*>(&record), sizeof record};
}
template <typename T>
ByteView bytes_of(const T& record) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  return {reinterpret_cast<const uint8_t*>(&record), sizeof record};
}

// The size of the record, which fills the front of `out`; 0 where it does not exist (no record is ever empty).
base::SizeResult read(rot::Rot& rot, base::Text name, MutableBytes out) {
  auto size = rot.get_item(name, out);
  if (size || (size.error() != ErrorCode::kItemNotFound && size.error() != ErrorCode::kNoRootKey)) return size;
  return size_t{0};
}

// One that fills all of `out`.
Result<bool> read_whole(rot::Rot& rot, base::Text name, MutableBytes out) {
  BASE_ASSIGN(const size_t size, read(rot, name, out));
  if (size != 0 && size != out.size()) return base::fail(ErrorCode::kStoreCorrupt);
  return size != 0;
}

Status write(rot::Rot& rot, base::Text name, ByteView bytes) {
  return rot.put_item(name, rot::kWriteOnce, bytes);
}

constexpr size_t kSerialAt = offsetof(TransactionRecord, serial_text);
static_assert(kSerialAt == protocol::kTransactionIdSize);

}  // namespace

Status required(const Result<bool>& found, ErrorCode missing) {
  if (!found) return base::fail(found.error());
  return *found ? Status() : base::fail(missing);
}

Result<bool> read_record(rot::Rot& rot, SeedRecord& record) {
  return read_whole(rot, rot::kSeedItem, bytes_of(record));
}

Status write_record(rot::Rot& rot, const SeedRecord& record) { return write(rot, rot::kSeedItem, bytes_of(record)); }

Result<bool> read_record(rot::Rot& rot, TransactionRecord& record) {
  const MutableBytes stored(reinterpret_cast<uint8_t*>(&record), kSerialAt + record.serial_text.size());
  BASE_ASSIGN(const size_t size, read(rot, rot::kTransactionItem, stored));
  if (size == 0) return false;
  if (size <= kSerialAt) return base::fail(ErrorCode::kStoreCorrupt);
  record.serial_size = size - kSerialAt;
  return true;
}

Status write_record(rot::Rot& rot, const TransactionRecord& record) {
  return write(rot, rot::kTransactionItem, {reinterpret_cast<const uint8_t*>(&record), kSerialAt + record.serial_size});
}

Result<bool> read_record(rot::Rot& rot, KeyRecord& record) {
  return read_whole(rot, rot::kPublicKeyItem, bytes_of(record));
}

Status write_record(rot::Rot& rot, const KeyRecord& record) {
  return write(rot, rot::kPublicKeyItem, bytes_of(record));
}

Result<bool> read_record(rot::Rot& rot, CommitRecord& record) {
  return read_whole(rot, rot::kCommitItem, bytes_of(record));
}

Status write_record(rot::Rot& rot, const CommitRecord& record) {
  return write(rot, rot::kCommitItem, bytes_of(record));
}

Result<uint8_t> wanted_read_protection(rot::Rot& rot) {
  uint8_t level = 0;
  BASE_TRY(read_whole(rot, rot::kProtectionItem, {&level, 1}));
  return level;
}

Status want_read_protection(rot::Rot& rot, uint8_t level) {
  BASE_ASSIGN(const uint8_t present, wanted_read_protection(rot));
  // Most products ask for none, and then there is no record.
  return level == present ? Status() : rot.put_item(rot::kProtectionItem, 0, {&level, 1});
}

}  // namespace agent
