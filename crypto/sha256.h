// SHA-256 (FIPS 180-4) over pieces. Nothing here can fail: Mbed TLS's software returns errors for null contexts only.
#pragma once

#include <mbedtls/sha256.h>

#include "base/bytes.h"

namespace crypto {

inline constexpr size_t kDigestSize = 32;
using Digest = base::ByteArray<kDigestSize>;

class Sha256 {
 public:
  Sha256();
  // Starts with a label that separates the domains of this project's digests: its length, then its bytes.
  explicit Sha256(base::Text label);
  ~Sha256() { mbedtls_sha256_free(&context_); }  // wipes
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& update(base::ByteView data);
  template <typename Unsigned>
  Sha256& be(Unsigned value) {
    uint8_t raw[sizeof(Unsigned)];
    base::store_be(raw, value);
    return update(raw);
  }
  // Once; `digest` may have been part of the input.
  void finish(std::span<uint8_t, kDigestSize> digest);
  [[nodiscard]] Digest finish() {
    Digest digest;
    finish(digest);
    return digest;
  }

 private:
  mbedtls_sha256_context context_;
};

}  // namespace crypto
