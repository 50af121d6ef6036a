// Keys that live in PSA Crypto: those of the curve. Internal.
#pragma once

#include <psa/crypto.h>

#include "crypto/sha256.h"

namespace protocol {

using crypto::Sha256;

// Mbed TLS's own arithmetic blinds each multiplication of a point with random numbers and fails without any. p256-m draws
// none: its time and its memory accesses do not depend on the scalar, but nothing hides a scalar from a power measurement.
#if defined(FACTORY_LINE_P256M)
inline constexpr bool kCurveIsBlinded = false;
#else
inline constexpr bool kCurveIsBlinded = true;
#endif

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
