#include "rot/record.h"

#include "base/crc32c.h"

namespace rot {

using base::ErrorCode;
using base::fail;

namespace {

constexpr std::array<uint8_t, 3> kSectorMagic{'F', 'L', 'R'};
constexpr uint8_t kLayoutVersion = 1;
constexpr uint8_t kRecordMagic = 0xA5;

}  // namespace

uint16_t name_check(ByteView name) { return static_cast<uint16_t>(base::crc32c(name)); }

void encode_sector_fixed(const SectorHeader& header, std::span<uint8_t, kSectorFixedSize> out) {
  base::ByteWriter writer(out);
  writer.bytes(kSectorMagic);
  writer.u8(kLayoutVersion);
  writer.u8(static_cast<uint8_t>(header.region));
  writer.u8(header.share_slot);
  writer.u16(0);
  writer.u32(header.epoch);
  writer.u32(0);
  writer.bytes(header.flash_share);
}

Status decode_sector_header(const SectorHeaderBytes& raw, SectorHeader& header) {
  const ByteView bytes(raw);
  if (!base::equal(bytes.first(3), kSectorMagic)) return fail(ErrorCode::kStoreCorrupt);
  if (base::load_be<uint32_t>(&raw[kSectorCrcAt]) != base::crc32c(bytes.first(kSectorCrcAt))) {
    return fail(ErrorCode::kStoreCorrupt);
  }
  if (raw[3] != kLayoutVersion) return fail(ErrorCode::kLayoutVersion);
  header.region = static_cast<Region>(raw[4]);
  if (header.region != Region::kIdentity && header.region != Region::kState) return fail(ErrorCode::kStoreCorrupt);
  header.share_slot = raw[5];
  header.epoch = base::load_be<uint32_t>(&raw[8]);
  base::copy(header.flash_share, bytes.subspan(16, kShareSize));
  return {};
}

RecordHeaderBytes encode_record_header(const Record& record) {
  RecordHeaderBytes raw;
  raw[0] = kRecordMagic;
  raw[1] = static_cast<uint8_t>(record.kind);
  raw[2] = record.flags;
  raw[3] = record.name_size;
  base::store_be(&raw[4], record.size);
  base::store_be(&raw[6], record.id);
  base::store_be(&raw[8], record.sequence);
  base::store_be(&raw[12], base::crc32c(ByteView(raw).first(12)));
  return raw;
}

bool decode_record_header(const RecordHeaderBytes& raw, Record& record) {
  if (raw[0] != kRecordMagic) return false;
  if (base::load_be<uint32_t>(&raw[12]) != base::crc32c(ByteView(raw).first(12))) return false;
  if (raw[1] < static_cast<uint8_t>(Kind::kState) || raw[1] > static_cast<uint8_t>(Kind::kTrusted)) return false;
  record.kind = static_cast<Kind>(raw[1]);
  record.flags = raw[2];
  record.name_size = raw[3];
  record.size = base::load_be<uint16_t>(&raw[4]);
  record.id = base::load_be<uint16_t>(&raw[6]);
  record.sequence = base::load_be<uint32_t>(&raw[8]);
  return record.name_size <= kMaxNameSize && record.size <= kMaxValueSize;
}

}  // namespace rot
