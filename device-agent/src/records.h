// The agent's own records in the identity store (rot/well_known.h): which stages of a transaction are done.
// Each is written last in its stage, so that a record says that everything before it is on the chip.
//
// read_*: false where the record does not exist; kStoreCorrupt: it has the wrong size; and what the store reports.
// write_*: what Rot::put_item reports.
#pragma once

#include "protocol/messages.h"
#include "rot/rot.h"

namespace agent {

struct SeedRecord {
  protocol::TransactionId transaction{};
  protocol::Digest commitment{};
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, SeedRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const SeedRecord& record);

struct TransactionRecord {
  protocol::TransactionId transaction{};
  std::array<char, protocol::kMaxSerialSize> serial_text{};
  size_t serial_size = 0;

  [[nodiscard]] std::string_view serial() const { return {serial_text.data(), serial_size}; }
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, TransactionRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const TransactionRecord& record);

struct KeyRecord {
  protocol::PublicKey public_key{};
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, KeyRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const KeyRecord& record);

struct CommitRecord {
  uint16_t item_count = 0;
  protocol::Digest digest{};
};
[[nodiscard]] base::Result<bool> read_record(rot::Rot& rot, CommitRecord& record);
[[nodiscard]] base::Status write_record(rot::Rot& rot, const CommitRecord& record);

// The read protection that the lock is to end with; 0 where none was ever asked for. Can be replaced until the lock.
[[nodiscard]] base::Result<uint8_t> wanted_read_protection(rot::Rot& rot);
[[nodiscard]] base::Status want_read_protection(rot::Rot& rot, uint8_t level);

}  // namespace agent
