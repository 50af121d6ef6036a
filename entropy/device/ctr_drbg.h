// CTR_DRBG with AES-256 and derivation function (SP 800-90A section 10.2.1) over Mbed TLS's AES, each input in the caller's
// hands: nothing is pulled from a source, and the derivation function takes its input as it comes, without a copy.
#pragma once

#include <mbedtls/aes.h>

#include <initializer_list>

#include "base/bytes.h"

namespace entropy {

class CtrDrbg {
 public:
  // Limits in bytes, far below those of SP 800-90A table 3.
  static constexpr size_t kMaxSeedMaterial = 384;  // all inputs of one call together
  static constexpr size_t kMaxAdditional = 256;    // additional input of one generate()
  static constexpr size_t kMaxRequest = 1024;      // output of one generate()
  // Requests before a reseed; SP 800-90A would allow 2^48.
  static constexpr uint32_t kMaxRequests = 0x40000000;

  CtrDrbg();
  ~CtrDrbg();
  CtrDrbg(const CtrDrbg&) = delete;
  CtrDrbg& operator=(const CtrDrbg&) = delete;

  // Section 10.2.1.3.2; seed_material = entropy || nonce || personalization. Starts over where it was
  // instantiated before. kInvalidArgument: together over kMaxSeedMaterial, or no entropy.
  base::Status instantiate(base::ByteView entropy, base::ByteView nonce, base::ByteView personalization);
  // Section 10.2.1.4.2. The present state stays part of the new one. kBadState, kInvalidArgument.
  base::Status reseed(base::ByteView entropy, base::ByteView additional);
  // Section 10.2.1.5.2; up to kMaxRequest bytes. kBadState, kInvalidArgument, kReseedRequired.
  base::Status generate(base::MutableBytes out, base::ByteView additional = {});

  [[nodiscard]] bool instantiated() const { return instantiated_; }
  // Requests since the last instantiate() or reseed().
  [[nodiscard]] uint32_t requests() const { return requests_; }
  // Forgets the state; wiped.
  void uninstantiate();

 private:
  static constexpr size_t kBlock = 16;
  static constexpr size_t kKeySize = 32;
  static constexpr size_t kSeedLength = kKeySize + kBlock;
  using Seed = base::ByteArray<kSeedLength>;

  void next_block(uint8_t* out);
  void update(const Seed& provided);
  // `afresh`: the state starts from zeros, not from what it is.
  base::Status seed_from(std::initializer_list<base::ByteView> material, bool afresh);

  mbedtls_aes_context key_;
  base::ByteArray<kBlock> v_{};
  uint32_t requests_ = 0;
  bool instantiated_ = false;
};

}  // namespace entropy
