// CTR_DRBG with AES-256 and derivation function (SP 800-90A section 10.2.1), each input in the caller's
// hands: what Mbed TLS would fetch through its entropy callback is given here as bytes.
#pragma once

#include <mbedtls/ctr_drbg.h>

#include "base/bytes.h"

namespace entropy {

class CtrDrbg {
 public:
  // Limits of Mbed TLS as configured, in bytes; far below those of SP 800-90A table 3.
  static constexpr size_t kMaxSeedMaterial = MBEDTLS_CTR_DRBG_MAX_SEED_INPUT;  // all inputs of one call together
  static constexpr size_t kMaxAdditional = MBEDTLS_CTR_DRBG_MAX_INPUT;         // additional input of one generate()
  static constexpr size_t kMaxRequest = MBEDTLS_CTR_DRBG_MAX_REQUEST;          // output of one generate()
  // Requests that Mbed TLS serves before it asks for a reseed; SP 800-90A would allow 2^48.
  static constexpr uint32_t kMaxRequests = 0x40000000;

  CtrDrbg();
  ~CtrDrbg();
  CtrDrbg(const CtrDrbg&) = delete;
  CtrDrbg& operator=(const CtrDrbg&) = delete;

  // Section 10.2.1.3.2; seed_material = entropy || nonce || personalization. Starts over where it was
  // instantiated before. kInvalidArgument: together over kMaxSeedMaterial, or no entropy; kCrypto.
  base::Status instantiate(base::ByteView entropy, base::ByteView nonce, base::ByteView personalization);
  // Section 10.2.1.4.2. The present state stays part of the new one. kBadState, kInvalidArgument, kCrypto.
  base::Status reseed(base::ByteView entropy, base::ByteView additional);
  // Section 10.2.1.5.2; up to kMaxRequest bytes. kBadState, kInvalidArgument, kReseedRequired, kCrypto.
  base::Status generate(base::MutableBytes out, base::ByteView additional = {});

  [[nodiscard]] bool instantiated() const { return instantiated_; }
  // Requests since the last instantiate() or reseed().
  [[nodiscard]] uint32_t requests() const { return requests_; }
  // Forgets the state; wiped.
  void uninstantiate();

 private:
  static int give_entropy(void* self, unsigned char* out, size_t size);

  mbedtls_ctr_drbg_context context_;
  base::ByteView pending_;  // entropy that the next callback hands over; empty outside a call
  uint32_t requests_ = 0;
  bool instantiated_ = false;
};

}  // namespace entropy
