// The batch block: what ties an agent image to a production batch. It is patched into the image by
// the host (`factory-tool batch image`), so one build serves every batch and no secret is ever shipped.
#pragma once

#include "protocol/messages.h"

namespace protocol {

inline constexpr size_t kMaxStations = 4;
inline constexpr size_t kBatchSecretSize = 32;
inline constexpr size_t kBatchMagicSize = 16;
// magic 16, version 1, station count 1, reserved 2, batch id 16, secret 32, 4 x 65 station public keys, CRC-32C 4
inline constexpr size_t kBatchBlockSize =
    kBatchMagicSize + 4 + kBatchIdSize + kBatchSecretSize + kMaxStations * kPublicKeySize + 4;

// Marks the place in an image; an unpatched image has the magic followed by zeros.
inline constexpr base::ByteArray<kBatchMagicSize> kBatchMagic = {0xF4, 0xB1, 0x0C, 0x6B, 0x61, 0x74, 0x63, 0x68,
                                                                 0x2D, 0x62, 0x6C, 0x6F, 0x63, 0x6B, 0x0D, 0x1A};

struct BatchBlock {
  BatchId id{};
  base::ByteArray<kBatchSecretSize> secret{};  // the holder wipes it
  base::FixedVector<PublicKey, kMaxStations> stations;
};

// kNoBatch: empty, unpatched or wiped (nothing but 0x00 or 0xFF behind the magic); kMalformed: wrong size, magic, count
// or CRC; kUnsupported: unknown version.
[[nodiscard]] base::Status decode_batch_block(ByteView bytes, BatchBlock& block);
// Fills exactly kBatchBlockSize bytes. kInvalidArgument: no station, or a key that is no uncompressed point.
[[nodiscard]] base::Status encode_batch_block(const BatchBlock& block, std::span<uint8_t, kBatchBlockSize> out);

// Id of a station: first kStationIdSize bytes of SHA-256 over its public key.
void station_id(const PublicKey& key, StationId& id);
[[nodiscard]] inline Result<StationId> station_id(const PublicKey& key) {
  StationId id;
  station_id(key, id);
  return id;
}

}  // namespace protocol
