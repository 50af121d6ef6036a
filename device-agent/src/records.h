// The agent's own records in the identity store (rot/well_known.h): which stages of a transaction are done.
// Each is written last in its stage, so that a record says that everything before it is on the chip.
//
// read_*: false where the record does not exist; kStoreCorrupt: it has the wrong size; and what the store reports.
// write_*: what Rot::put_item reports.
#pragma once

#include "protocol/messages.h"
#include "rot/rot.h"

namespace agent {

// `missing` where a read_*() found no record.
[[nodiscard]] base::Status required(const base::Result<bool>& found, base::ErrorCode missing);

// Each record's bytes are those that the store keeps: arrays only, so that nothing is converted and nothing padded.
// Their bytes are set by a read that finds the record; nothing reads them before.
struct SeedRecord {
  protocol::TransactionId transaction;
  protocol::Digest commitment;
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, SeedRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const SeedRecord& record);

struct TransactionRecord {
  protocol::TransactionId transaction;
  std::array<char, protocol::kMaxSerialSize> serial_text;
  size_t serial_size = 0;  // not stored: the record ends with the serial

  [[nodiscard]] std::string_view serial() const { return {serial_text.data(), serial_size}; }
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, TransactionRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const TransactionRecord& record);

struct KeyRecord {
  protocol::PublicKey public_key;
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, KeyRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const KeyRecord& record);

struct CommitRecord {
  base::ByteArray<2> count_bytes;  // big-endian
  protocol::Digest digest;

  [[nodiscard]] uint16_t item_count() const { return base::load_be<uint16_t>(count_bytes.data()); }
  void set_item_count(uint16_t count) { base::store_be(count_bytes.data(), count); }
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, CommitRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const CommitRecord& record);

// The read protection that the lock is to end with; 0 where none was ever asked for. Can be replaced until the lock.
[[nodiscard]] base::Result<uint8_t> wanted_read_protection(rot::Rot& rot);
[[nodiscard]] base::Status want_read_protection(rot::Rot& rot, uint8_t level);

}  // namespace agent
