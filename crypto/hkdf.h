// HKDF with SHA-256 (RFC 5869).
#pragma once

#include "base/bytes.h"

namespace crypto {

inline constexpr size_t kMaxHkdfOutput = 255 * 32;  // section 2.3

// Each input may be empty. `out` holds up to kMaxHkdfOutput bytes and overlaps no input.
void hkdf_sha256(base::ByteView salt, base::ByteView secret, base::ByteView info, base::MutableBytes out);

}  // namespace crypto
