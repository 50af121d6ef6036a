// P-256 public keys and ECDSA verification, by libcrypto.
#pragma once

#include "base/host/bytes_host.h"
#include "cert-templates/src/openssl_handles.h"

namespace cert {

// A key from a point in SEC 1 uncompressed form. Null: not 65 bytes, not 0x04, or not on the curve.
[[nodiscard]] KeyHandle p256_key(base::ByteView point);
[[nodiscard]] bool is_p256(const EVP_PKEY* key);
[[nodiscard]] bool verify_ecdsa_sha256(EVP_PKEY* key, base::ByteView message, base::ByteView signature);

// kCrypto: libcrypto refused.
[[nodiscard]] base::Result<base::ByteArray<32>> sha256(base::ByteView data);

}  // namespace cert
