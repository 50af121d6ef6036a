// Noise's symmetric state (revision 34, section 5.2) for one protocol, Noise_KNpsk0_P256_AESGCM_SHA256. Internal.
#pragma once

#include "base/secure.h"
#include "protocol/messages.h"

namespace protocol {

inline constexpr size_t kTagSize = 16;
inline constexpr size_t kChannelKeySize = 32;

// AES-256-GCM under Noise's nonce: four zero bytes and the counter, big-endian (section 12.4).
inline constexpr size_t kGcmNonceSize = 12;
[[nodiscard]] base::ByteArray<kGcmNonceSize> noise_nonce(uint64_t counter);

class SymmetricState {
 public:
  // Errors of all: kCrypto, and what is named.
  // InitializeSymmetric, MixHash(prologue), and the pre-message "-> s".
  [[nodiscard]] base::Status initialize(const Digest& prologue, const PublicKey& initiator_static);
  [[nodiscard]] base::Status mix_hash(ByteView data);
  [[nodiscard]] base::Status mix_key(ByteView input);
  [[nodiscard]] base::Status mix_key_and_hash(ByteView input);
  // MixHash(e.public_key), MixKey(e.public_key): what `e` means in a handshake with a pre-shared key (section 9.2).
  [[nodiscard]] base::Status mix_ephemeral(ByteView public_key);
  // One payload a key, so that the nonce is always 0. kBufferTooSmall.
  [[nodiscard]] Result<ByteView> encrypt_and_hash(ByteView plaintext, MutableBytes out);
  // kHandshakeFailed, kBufferTooSmall.
  [[nodiscard]] Result<ByteView> decrypt_and_hash(ByteView ciphertext, MutableBytes out);
  // Both transport keys, the initiator's sending key first.
  [[nodiscard]] base::Status split(std::span<uint8_t, 2 * kChannelKeySize> keys);
  void wipe();

 private:
  Digest hash_{};
  base::SecretBytes<kDigestSize> chaining_key_;
  base::SecretBytes<kChannelKeySize> key_;
};

}  // namespace protocol
