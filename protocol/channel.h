// The secure channel: Noise_KNpsk0_P256_AESGCM_SHA256 (Noise revision 34, section 7; public keys as
// 65-byte SEC 1 points and 32-byte shared secrets, as in FIDO CTAP 2.2 section 11.5.1.2), over PSA Crypto.
//
// The host is the initiator and its static key is known to the device; the pre-shared key is derived
// from the batch secret. The prologue binds the hello reply as each side saw it, so that a changed
// hello fails the handshake.
#pragma once

#include <psa/crypto.h>

#include "base/secure.h"
#include "protocol/batch_block.h"
#include "protocol/messages.h"

namespace protocol {

inline constexpr size_t kTagSize = 16;
// Noise message 1: 65-byte ephemeral and an encrypted empty payload. Message 2: 65 bytes, payload, tag.
inline constexpr size_t kNoiseMessage1Size = kPublicKeySize + kTagSize;
inline constexpr size_t kNoiseMessage2Overhead = kPublicKeySize + kTagSize;

// Transport keys of an open channel. Every message uses the next nonce of its direction; a message
// that fails authentication changes nothing, so that noise on the line costs a retry only.
class Channel {
 public:
  Channel() = default;
  ~Channel() { close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] bool is_open() const { return open_; }
  void close();

  // Ciphertext is plaintext.size() + kTagSize. `header` is authenticated with it (the frame's type and
  // sequence number). kNoChannel, kChannelExhausted, kBufferTooSmall.
  [[nodiscard]] Result<ByteView> seal(ByteView header, ByteView plaintext, MutableBytes out);
  // kNoChannel, kChannelAuth, kBufferTooSmall. `out` may be the ciphertext's own buffer.
  [[nodiscard]] Result<ByteView> open(ByteView header, ByteView ciphertext, MutableBytes out);

 private:
  friend class Handshake;
  psa_key_id_t send_key_ = PSA_KEY_ID_NULL;
  psa_key_id_t receive_key_ = PSA_KEY_ID_NULL;
  uint64_t send_nonce_ = 0;
  uint64_t receive_nonce_ = 0;
  bool open_ = false;
};

// The pre-shared key of a batch: HKDF-SHA-256 of the batch secret.
[[nodiscard]] base::Status derive_psk(std::span<const uint8_t, kBatchSecretSize> batch_secret,
                                      std::span<uint8_t, 32> psk);

// A P-256 private scalar for a device without fresh randomness: HKDF over batch secret, chip id, a
// session counter that never repeats, the host's first message, and board noise (may be empty).
[[nodiscard]] base::Status derive_device_ephemeral(std::span<const uint8_t, kBatchSecretSize> batch_secret,
                                                   ByteView chip_id, uint64_t session_counter, ByteView noise_message1,
                                                   ByteView board_noise, std::span<uint8_t, kPrivateKeySize> scalar);

// The prologue of both ends: label, hello reply payload as sent in clear, station id.
// Digested, so that it needs no buffer of the hello's size.
[[nodiscard]] Result<Digest> channel_prologue(ByteView hello_reply_payload, const StationId& station);

// Initiator (host). One object a handshake.
class Initiator {
 public:
  Initiator();
  ~Initiator();
  Initiator(const Initiator&) = delete;
  Initiator& operator=(const Initiator&) = delete;

  // `static_key`: the station's P-256 key pair in PSA (usage DERIVE, PSA_ALG_ECDH).
  // `ephemeral_for_test`: fixed scalar for vectors; empty in production, where the key is generated.
  [[nodiscard]] Result<ByteView> write_message1(psa_key_id_t static_key, const PublicKey& static_public,
                                                std::span<const uint8_t, 32> psk, const Digest& prologue,
                                                MutableBytes out, ByteView ephemeral_for_test = {});
  // Checks message 2, opens `channel` and returns the decrypted payload. kHandshakeFailed.
  [[nodiscard]] Result<ByteView> read_message2(ByteView message2, MutableBytes payload_out, Channel& channel);

 private:
  struct State;
  alignas(8) uint8_t storage_[512];
};

// Responder (device).
class Responder {
 public:
  Responder();
  ~Responder();
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  // Authenticates message 1 (proves knowledge of the batch secret) before the caller spends a session
  // counter on it. kHandshakeFailed, kMalformed.
  [[nodiscard]] base::Status read_message1(ByteView message1, const PublicKey& station_public,
                                           std::span<const uint8_t, 32> psk, const Digest& prologue);
  // `ephemeral`: from derive_device_ephemeral or the TRNG. Opens `channel`. kBufferTooSmall, kCrypto.
  [[nodiscard]] Result<ByteView> write_message2(std::span<const uint8_t, kPrivateKeySize> ephemeral, ByteView payload,
                                                MutableBytes out, Channel& channel);

 private:
  struct State;
  alignas(8) uint8_t storage_[512];
};

}  // namespace protocol
