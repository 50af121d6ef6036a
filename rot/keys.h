// From the two shares to the hardware unique key, and from that to every other key. SPEC.md section 5.
#pragma once

#include <string_view>

#include "base/secure.h"
#include "rot/otp_map.h"
#include "rot/siv.h"

namespace rot {

using RootKey = base::SecretBytes<32>;

// HKDF-SHA-256 of `otp_share || flash_share`, bound to the chip.
Status derive_root_key(std::span<const uint8_t, kShareSize> otp_share, std::span<const uint8_t, kShareSize> flash_share,
                       ByteView chip_id, RootKey& key);
// HKDF-SHA-256 with a digest of purpose, label and context as its info; labels up to 255 bytes. kInvalidArgument: longer,
// or `out` over crypto::kMaxHkdfOutput.
Status derive(std::span<const uint8_t> secret, base::Text purpose, base::Text label, ByteView context,
              MutableBytes out);
// The key of the store's records: from the root key, or, where `root` is null, the bootstrap key of the chip,
// which is no secret and protects against accidents only.
Status set_store_key(const RootKey* root, ByteView chip_id, SivKey& key);

}  // namespace rot
