// Noise's symmetric state (revision 34, section 5.2) for one protocol, Noise_KNpsk0_P256_AESGCM_SHA256. Internal.
#pragma once

#include "base/secure.h"
#include "crypto/gcm.h"
#include "protocol/messages.h"

namespace protocol {

inline constexpr size_t kTagSize = crypto::kGcmTagSize;
inline constexpr size_t kChannelKeySize = crypto::kGcmKeySize;

// AES-256-GCM under Noise's nonce: four zero bytes and the counter, big-endian (section 12.4).
[[nodiscard]] base::ByteArray<crypto::kGcmNonceSize> noise_nonce(uint64_t counter);

class SymmetricState {
 public:
  // InitializeSymmetric, MixHash(prologue), and the pre-message "-> s".
  void initialize(const Digest& prologue, const PublicKey& initiator_static);
  void mix_hash(ByteView data);
  void mix_key(ByteView input);
  void mix_key_and_hash(ByteView input);
  // MixHash(e.public_key), MixKey(e.public_key): what `e` means in a handshake with a pre-shared key (section 9.2).
  void mix_ephemeral(ByteView public_key);
  // One payload a key, so that the nonce is always 0. kBufferTooSmall, kCrypto.
  [[nodiscard]] Result<ByteView> encrypt_and_hash(ByteView plaintext, MutableBytes out);
  // kHandshakeFailed, kBufferTooSmall.
  [[nodiscard]] Result<ByteView> decrypt_and_hash(ByteView ciphertext, MutableBytes out);
  // Both transport keys, the initiator's sending key first.
  void split(std::span<uint8_t, 2 * kChannelKeySize> keys);
  void wipe();

 private:
  Digest hash_{};
  base::SecretBytes<kDigestSize> chaining_key_;
  base::SecretBytes<kChannelKeySize> key_;
};

}  // namespace protocol
