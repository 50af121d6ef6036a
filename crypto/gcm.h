// AES-256-GCM (SP 800-38D), whole messages, 96-bit nonce, 128-bit tag behind the ciphertext.
#pragma once

#include "base/bytes.h"

namespace crypto {

inline constexpr size_t kGcmKeySize = 32;
inline constexpr size_t kGcmNonceSize = 12;
inline constexpr size_t kGcmTagSize = 16;

using GcmKey = std::span<const uint8_t, kGcmKeySize>;
using GcmNonce = std::span<const uint8_t, kGcmNonceSize>;

// The key is expanded for each message and wiped with it: that takes less time than one byte on a serial line, and saves
// 600 bytes of RAM a key. `out` may be the input's own buffer, from its start.

// `out` holds plaintext.size() + kGcmTagSize bytes. False: Mbed TLS refused; `out` is of no use.
[[nodiscard]] bool gcm_seal(GcmKey key, GcmNonce nonce, base::ByteView associated_data, base::ByteView plaintext,
                            base::MutableBytes out);
// `out` holds sealed.size() - kGcmTagSize bytes. False: it does not authenticate; `out` is wiped.
[[nodiscard]] bool gcm_open(GcmKey key, GcmNonce nonce, base::ByteView associated_data, base::ByteView sealed,
                            base::MutableBytes out);

}  // namespace crypto
