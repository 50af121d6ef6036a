#include "crypto/sha256.h"

namespace crypto {

Sha256::Sha256() {
  mbedtls_sha256_init(&context_);
  (void)mbedtls_sha256_starts(&context_, 0);
}

Sha256::Sha256(base::Text label) : Sha256() {
  be(static_cast<uint8_t>(label.size()));
  update(base::as_bytes(label));
}

Sha256& Sha256::update(base::ByteView data) {
  (void)mbedtls_sha256_update(&context_, data.data(), data.size());
  return *this;
}

void Sha256::finish(std::span<uint8_t, kDigestSize> digest) { (void)mbedtls_sha256_finish(&context_, digest.data()); }

}  // namespace crypto
