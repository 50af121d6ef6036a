// GCM (SP 800-38D) for a chip where flash is short: a quarter of the code of Mbed TLS's. GHASH multiplies bit by bit,
// without a table and without a branch on the secret. 96-bit nonces and 128-bit tags only.
#pragma once

#include "base/bytes.h"
#include "crypto/small_aes.h"

namespace crypto {

inline constexpr size_t kSmallGcmNonceSize = 12;
using SmallGcmTag = base::ByteArray<16>;

// `out` has the plaintext's size and may be `plaintext`.
void small_gcm_seal(const SmallAesKey& key, std::span<const uint8_t, kSmallGcmNonceSize> nonce,
                    base::ByteView associated_data, base::ByteView plaintext, uint8_t* out, SmallGcmTag& tag);
// False: does not authenticate; `out` is wiped. It has the ciphertext's size and may be `ciphertext`.
[[nodiscard]] bool small_gcm_open(const SmallAesKey& key, std::span<const uint8_t, kSmallGcmNonceSize> nonce,
                                  base::ByteView associated_data, base::ByteView ciphertext, base::ByteView tag,
                                  uint8_t* out);

}  // namespace crypto
