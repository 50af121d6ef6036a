#include "protocol/batch_block.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/secure.h"
#include "protocol/crypto.h"

namespace protocol {

using base::ErrorCode;
using base::fail;

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kCoveredSize = kBatchBlockSize - 4;
constexpr uint8_t kUncompressedPoint = 0x04;

}  // namespace

base::Status decode_batch_block(ByteView bytes, BatchBlock& block) {
  if (bytes.empty()) return fail(ErrorCode::kNoBatch);
  if (bytes.size() != kBatchBlockSize) return fail(ErrorCode::kMalformed);
  // Unpatched, or wiped by zeros or by an erase.
  const ByteView behind_magic = bytes.subspan(kBatchMagicSize);
  if (base::all_bytes(behind_magic, 0x00) || base::all_bytes(behind_magic, 0xFF)) return fail(ErrorCode::kNoBatch);
  if (!base::equal(bytes.first(kBatchMagicSize), kBatchMagic)) return fail(ErrorCode::kMalformed);
  if (base::crc32c(bytes.first(kCoveredSize)) != base::load_be<uint32_t>(&bytes[kCoveredSize])) {
    return fail(ErrorCode::kMalformed);
  }
  const uint8_t version = behind_magic[0];
  const uint8_t count = behind_magic[1];
  if (version != kVersion) return fail(ErrorCode::kUnsupported);
  if (count == 0 || count > kMaxStations || behind_magic[2] != 0 || behind_magic[3] != 0) {
    return fail(ErrorCode::kMalformed);
  }

  ByteView rest = behind_magic.subspan(4);
  base::copy(block.id, rest.first(kBatchIdSize));
  rest = rest.subspan(kBatchIdSize);
  base::copy(block.secret, rest.first(kBatchSecretSize));
  rest = rest.subspan(kBatchSecretSize);
  block.stations.clear();
  for (size_t i = 0; i < kMaxStations; ++i, rest = rest.subspan(kPublicKeySize)) {
    const ByteView raw = rest.first(kPublicKeySize);
    PublicKey key;
    base::copy(key, raw);
    const bool well_formed = i < count ? raw[0] == kUncompressedPoint : base::all_bytes(raw, 0);
    if (!well_formed || (i < count && !block.stations.push_back(key))) {
      base::secure_wipe(block.secret);
      return fail(ErrorCode::kMalformed);
    }
  }
  return {};
}

base::Status encode_batch_block(const BatchBlock& block, std::span<uint8_t, kBatchBlockSize> out) {
  if (block.stations.empty()) return fail(ErrorCode::kInvalidArgument);
  std::fill(out.begin(), out.end(), uint8_t{0});
  base::ByteWriter writer(out);
  writer.bytes(kBatchMagic);
  writer.u8(kVersion);
  writer.u8(static_cast<uint8_t>(block.stations.size()));
  writer.u16(0);
  writer.bytes(block.id);
  writer.bytes(block.secret);
  for (const PublicKey& key : block.stations) {
    if (key[0] != kUncompressedPoint) return fail(ErrorCode::kInvalidArgument);
    writer.bytes(key);
  }
  base::store_be(&out[kCoveredSize], base::crc32c(out.first(kCoveredSize)));
  return {};
}

void station_id(const PublicKey& key, StationId& id) {
  Digest digest;
  Sha256().update(key).finish(digest);
  base::copy(id, ByteView(digest).first(kStationIdSize));
}

}  // namespace protocol
