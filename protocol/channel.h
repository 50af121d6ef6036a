// The secure channel: Noise_KNpsk0_P256_AESGCM_SHA256 (Noise revision 34, section 7; public keys as
// 65-byte SEC 1 points and 32-byte shared secrets, as in FIDO CTAP 2.2 section 11.5.1.2), over PSA Crypto.
//
// The host is the initiator and its static key is known to the device; the pre-shared key is derived
// from the batch secret. The prologue binds the hello reply as each side saw it, so that a changed
// hello fails the handshake. Call psa_crypto_init() first.
#pragma once

#include <psa/crypto.h>

#include "base/secure.h"
#include "protocol/batch_block.h"
#include "protocol/crypto.h"
#include "protocol/messages.h"
#include "protocol/noise.h"

namespace protocol {

// Noise message 1: 65-byte ephemeral and an encrypted empty payload. Message 2: 65 bytes, payload, tag.
inline constexpr size_t kNoiseMessage1Size = kPublicKeySize + kTagSize;
inline constexpr size_t kNoiseMessage2Overhead = kPublicKeySize + kTagSize;

// Messages in one direction before a channel is used up; a unit needs a few dozen.
inline constexpr uint32_t kMaxChannelMessages = 65536;

// Transport keys of an open channel. Every message uses the next nonce of its direction; a message
// that fails authentication changes nothing, so that noise on the line costs a retry only.
class Channel {
 public:
  Channel() = default;
  ~Channel() { close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Takes fresh keys; what was open before is closed first. The handshake calls it.
  void start(std::span<const uint8_t, kChannelKeySize> send_key, std::span<const uint8_t, kChannelKeySize> receive_key);
  [[nodiscard]] bool is_open() const { return open_; }
  void close();

  // Ciphertext is plaintext.size() + kTagSize. `header` is authenticated with it (the frame's type and
  // sequence number, sealed_header()). kNoChannel, kChannelExhausted, kBufferTooSmall, kCrypto.
  [[nodiscard]] Result<ByteView> seal(ByteView header, ByteView plaintext, MutableBytes out);
  // kNoChannel, kChannelExhausted, kChannelAuth, kBufferTooSmall. `out` may be the ciphertext's own buffer,
  // from its start; its contents are lost where this fails.
  [[nodiscard]] Result<ByteView> open(ByteView header, ByteView ciphertext, MutableBytes out);

 private:
  base::SecretBytes<kChannelKeySize> send_key_;
  base::SecretBytes<kChannelKeySize> receive_key_;
  uint32_t send_nonce_ = 0;
  uint32_t receive_nonce_ = 0;
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

// The prologue of both ends: label, digest of the hello reply payload as sent in clear, station id.
[[nodiscard]] Result<Digest> channel_prologue(ByteView hello_reply_payload, const StationId& station);
// The same in two steps, for a device that keeps the digest and not the payload.
void hello_digest(ByteView hello_reply_payload, Digest& hello);
void channel_prologue_of(const Digest& hello, const StationId& station, Digest& prologue);

// Initiator (host). One object a handshake; wiped by its end and by every failure.
class Initiator {
 public:
  Initiator() = default;
  ~Initiator() { wipe(); }
  Initiator(const Initiator&) = delete;
  Initiator& operator=(const Initiator&) = delete;

  // `static_key`: the station's P-256 key pair in PSA (usage DERIVE, PSA_ALG_ECDH); it must live until message 2 is
  // read. `ephemeral_for_test`: fixed scalar for vectors; empty in production, where the key is generated.
  // kBufferTooSmall: less than kNoiseMessage1Size; kCrypto.
  [[nodiscard]] Result<ByteView> write_message1(psa_key_id_t static_key, const PublicKey& static_public,
                                                std::span<const uint8_t, 32> psk, const Digest& prologue,
                                                MutableBytes out, ByteView ephemeral_for_test = {});
  // Checks message 2, opens `channel` and returns the decrypted payload. kBadState, kHandshakeFailed, kBufferTooSmall,
  // kCrypto.
  [[nodiscard]] Result<ByteView> read_message2(ByteView message2, MutableBytes payload_out, Channel& channel);

 private:
  [[nodiscard]] Result<ByteView> message1(const PublicKey& static_public, std::span<const uint8_t, 32> psk,
                                          const Digest& prologue, MutableBytes out, ByteView ephemeral_for_test);
  [[nodiscard]] Result<ByteView> message2(ByteView bytes, MutableBytes payload_out, Channel& channel);
  void wipe();

  SymmetricState state_;
  VolatileKey ephemeral_;
  psa_key_id_t static_key_ = PSA_KEY_ID_NULL;
};

// Responder (device). One object a handshake; wiped by its end and by every failure.
class Responder {
 public:
  Responder() = default;
  ~Responder() { wipe(); }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  // Authenticates message 1 (proves knowledge of the batch secret) before the caller spends a session
  // counter on it. Draws no random numbers. kMalformed: wrong size; kHandshakeFailed: does not authenticate, or its
  // point is not on the curve; kCrypto.
  [[nodiscard]] base::Status read_message1(ByteView message1, const PublicKey& station_public,
                                           std::span<const uint8_t, 32> psk, const Digest& prologue);
  // `ephemeral`: from derive_device_ephemeral or the TRNG. Opens `channel`. PSA draws random numbers meanwhile to
  // blind its arithmetic; without any it fails (SPEC.md, section 5). `payload` may not overlap `out`. kBadState, kBufferTooSmall; kHandshakeFailed: the
  // station's key is not on the curve; kCrypto: among others, no random numbers.
  [[nodiscard]] Result<ByteView> write_message2(std::span<const uint8_t, kPrivateKeySize> ephemeral, ByteView payload,
                                                MutableBytes out, Channel& channel);

 private:
  [[nodiscard]] base::Status message1(ByteView bytes, std::span<const uint8_t, 32> psk, const Digest& prologue);
  [[nodiscard]] Result<ByteView> message2(std::span<const uint8_t, kPrivateKeySize> ephemeral, ByteView payload,
                                          MutableBytes out, Channel& channel);
  void wipe();

  SymmetricState state_;
  PublicKey station_{};
  PublicKey initiator_ephemeral_{};
  bool ready_ = false;
};

}  // namespace protocol
