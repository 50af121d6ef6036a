// The few primitives of PSA Crypto that this folder uses, with this project's types. Internal.
#pragma once

#include <psa/crypto.h>

#include "base/bytes.h"

namespace protocol {

// SHA-256 over pieces. The first error stays; finish() reports it. kCrypto.
class Sha256 {
 public:
  Sha256();
  // Starts with a label that separates the domains of this project's digests: its length, then its bytes.
  explicit Sha256(std::string_view label);
  ~Sha256() { (void)psa_hash_abort(&operation_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& update(base::ByteView data);
  template <typename Unsigned>
  Sha256& be(Unsigned value) {
    uint8_t raw[sizeof(Unsigned)];
    base::store_be(raw, value);
    return update(raw);
  }
  [[nodiscard]] base::Result<base::ByteArray<32>> finish();

 private:
  psa_hash_operation_t operation_ = PSA_HASH_OPERATION_INIT;
  psa_status_t status_;
};

// HKDF with SHA-256 (RFC 5869). `secret` may be empty. kCrypto.
[[nodiscard]] base::Status hkdf_sha256(base::ByteView salt, base::ByteView secret, base::ByteView info,
                                       base::MutableBytes out);

// A key in PSA for as long as the object lives.
class VolatileKey {
 public:
  VolatileKey() = default;
  ~VolatileKey() { reset(); }
  VolatileKey(const VolatileKey&) = delete;
  VolatileKey& operator=(const VolatileKey&) = delete;

  [[nodiscard]] psa_status_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                                    base::ByteView data);
  [[nodiscard]] psa_status_t generate_p256(psa_key_usage_t usage, psa_algorithm_t algorithm);
  void reset();
  [[nodiscard]] psa_key_id_t id() const { return id_; }

 private:
  psa_key_id_t id_ = PSA_KEY_ID_NULL;
};

inline constexpr psa_key_type_t kP256KeyPair = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
inline constexpr psa_key_type_t kP256PublicKey = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);

}  // namespace protocol
