// The shapes of a sector and of a record as they lie in flash; SPEC.md section 3 has the same tables.
#pragma once

#include "base/bytes.h"
#include "rot/otp_map.h"

namespace rot {

inline constexpr size_t kChunk = 8;  // everything in flash starts at a multiple of this; a unit is never larger
inline constexpr size_t kMaxValueSize = 2048;
inline constexpr size_t kMaxNameSize = 100;
inline constexpr size_t kMaxStateSize = 256;

constexpr size_t round_up_to_chunk(size_t size) { return (size + kChunk - 1) / kChunk * kChunk; }

// ---- sector ----
enum class Region : uint8_t { kIdentity = 1, kState = 2 };

struct SectorHeader {
  Region region = Region::kState;
  uint8_t share_slot = 0;  // 0: bootstrap key; else the OTP slot of the root key's share
  uint32_t epoch = 0;
  std::array<uint8_t, kShareSize> flash_share{};  // zeros where share_slot is 0, and in the identity sector
};
inline constexpr size_t kSectorFixedSize = 48;   // magic, region, slot, epoch, share: what the tag covers
inline constexpr size_t kSectorTagAt = 48;
inline constexpr size_t kSectorCrcAt = 64;       // CRC-32C over bytes 0 to 63
inline constexpr size_t kSectorActiveAt = 72;    // zeros once the sector is complete
inline constexpr size_t kSectorConfirmAt = 80;   // zeros after that
inline constexpr size_t kSectorHeaderSize = 88;
static_assert(kSectorHeaderSize % kChunk == 0);

// ---- record ----
enum class Kind : uint8_t {
  kState = 1,     // id: StateId or one of the store's own
  kItem = 2,      // name: text
  kTrusted = 3,   // PSA ITS; name: uid, 8 bytes
};
inline constexpr uint8_t kTombstone = 0x80;  // flag: the name holds nothing any more

// Set by the search that finds one, or member by member: zeros first would be code in every place that has one.
struct Record {
  size_t offset;  // of the header in its sector
  Kind kind;
  uint8_t flags;
  uint8_t name_size;
  uint16_t size;
  uint16_t id;  // of a state record; of the others the check of their name
  uint32_t sequence;

  [[nodiscard]] size_t name_at() const { return offset + 16; }
  [[nodiscard]] size_t tag_at() const { return name_at() + round_up_to_chunk(name_size); }
  [[nodiscard]] size_t value_at() const { return tag_at() + 16; }
  [[nodiscard]] size_t commit_at() const { return value_at() + round_up_to_chunk(size); }
  [[nodiscard]] size_t confirm_at() const { return commit_at() + kChunk; }
  [[nodiscard]] size_t end() const { return confirm_at() + kChunk; }
};
inline constexpr size_t kRecordHeaderSize = 16;

// Bytes that a record takes in its sector.
constexpr size_t record_size(size_t name_size, size_t value_size) {
  return kRecordHeaderSize + round_up_to_chunk(name_size) + 16 + round_up_to_chunk(value_size) + 2 * kChunk;
}

using SectorHeaderBytes = std::array<uint8_t, kSectorHeaderSize>;
using RecordHeaderBytes = std::array<uint8_t, kRecordHeaderSize>;

// The part of the header that the tag covers.
void encode_sector_fixed(const SectorHeader& header, std::span<uint8_t, kSectorFixedSize> out);
// kStoreCorrupt: not a header or damaged; kLayoutVersion: intact, of another layout.
Status decode_sector_header(const SectorHeaderBytes& raw, SectorHeader& header);
RecordHeaderBytes encode_record_header(const Record& record);
// False where the bytes are not an intact header. Sets everything but `offset`.
[[nodiscard]] bool decode_record_header(const RecordHeaderBytes& raw, Record& record);

// The low 16 bits of the name's CRC-32C: finds damaged names, and tells most names apart without reading them.
[[nodiscard]] uint16_t name_check(ByteView name);

using base::all_bytes;

}  // namespace rot
