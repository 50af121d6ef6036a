// HMAC (RFC 2104) with SHA-256.
#pragma once

#include <initializer_list>

#include "crypto/sha256.h"

namespace crypto {

// Of the parts one behind the other. `mac` may be one of them.
void hmac_sha256(base::ByteView key, std::initializer_list<base::ByteView> parts, std::span<uint8_t, kDigestSize> mac);

}  // namespace crypto
