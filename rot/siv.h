// AES-SIV (RFC 5297) in pieces, over Mbed TLS's AES. The store uses 256-bit AES (AEAD_AES_SIV_CMAC_512).
//
// Deterministic: equal key, associated data and plaintext give an equal ciphertext. That is why the store uses it.
// A chip without a random generator cannot promise a fresh nonce after a power cut, and SIV needs none.
#pragma once

#include <mbedtls/aes.h>

#include <array>
#include <initializer_list>

#include "base/bytes.h"

namespace rot {

using base::ByteView;
using base::MutableBytes;
using base::Result;
using base::Status;

inline constexpr size_t kSivKeySize = 64;
inline constexpr size_t kSivTagSize = 16;
using SivBlock = std::array<uint8_t, 16>;

// The two AES keys, each expanded once. Needs no heap and no slot of the PSA key store.
class SivKey {
 public:
  SivKey();
  ~SivKey() { clear(); }
  SivKey(const SivKey&) = delete;
  SivKey& operator=(const SivKey&) = delete;

  // `key`: CMAC's half, then CTR's; 64 bytes, or 32 for 128-bit AES as in the RFC's examples.
  // kInvalidArgument: another length.
  Status set(ByteView key);
  void clear();
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  friend class Cmac;
  friend class SivTag;
  friend class SivStream;
  static void encrypt(mbedtls_aes_context& key, const SivBlock& in, SivBlock& out);

  mbedtls_aes_context mac_;
  mbedtls_aes_context stream_;
  SivBlock subkey1_{};     // CMAC's K1; K2 is its double
  SivBlock first_state_{};  // CMAC of the zero block, where S2V starts
  bool ready_ = false;
};

// CMAC (RFC 4493) over pieces.
class Cmac {
 public:
  explicit Cmac(SivKey& key) : key_(key) {}
  ~Cmac();
  Cmac(const Cmac&) = delete;
  Cmac& operator=(const Cmac&) = delete;
  void update(ByteView data);
  void finish(SivBlock& tag);

 private:
  SivKey& key_;
  SivBlock chain_{};
  SivBlock pending_{};
  size_t pending_size_ = 0;
};

// S2V: add the strings of associated data, then the plaintext in pieces, then take the tag.
class SivTag {
 public:
  explicit SivTag(SivKey& key);
  ~SivTag();
  SivTag(const SivTag&) = delete;
  SivTag& operator=(const SivTag&) = delete;
  // One string of associated data, given in parts.
  void associated_data(std::initializer_list<ByteView> parts);
  // `size` is the length of all the pieces that follow.
  void begin_plaintext(size_t size);
  void plaintext(ByteView piece);
  void finish(SivBlock& tag);

 private:
  Cmac mac_;
  SivBlock state_;
  size_t size_ = 0;
  size_t position_ = 0;
};

// The key stream: encrypts and decrypts in pieces, from the start of the text.
class SivStream {
 public:
  SivStream(SivKey& key, const SivBlock& tag);
  ~SivStream();
  SivStream(const SivStream&) = delete;
  SivStream& operator=(const SivStream&) = delete;
  void apply(MutableBytes data);

 private:
  SivKey& key_;
  SivBlock counter_;
  SivBlock block_{};
  size_t used_ = sizeof(SivBlock);
};

// Whole messages. `out` = tag || ciphertext; it may not overlap the input. kBufferTooSmall.
Result<ByteView> siv_seal(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView plaintext,
                          MutableBytes out);
// kSealAuth: not what siv_seal made; `out` is wiped then. kBufferTooSmall.
Result<ByteView> siv_open(SivKey& key, std::initializer_list<ByteView> associated_data, ByteView sealed,
                          MutableBytes out);

}  // namespace rot
