// P-256 for PSA Crypto by p256-m: the entry points of Mbed TLS's driver interface (library/psa_crypto_driver_wrappers.h).
// They replace 3rdparty/p256-m/p256-m_driver_entrypoints.c, which multiplies once more for each key pair: p256_gen_keypair
// computes a public key that PSA has no use for and drops, to compute it again when it is exported. Here a key pair is
// drawn only. Besides, a missing generator is told as such, and points must be uncompressed.
#include <mbedtls/platform_util.h>
#include <psa/crypto.h>
#include <string.h>

#include "p256-m/p256-m.h"
#include "p256-m_driver_entrypoints.h"

enum {
  kScalarSize = 32,
  kPointSize = 65,  // SEC 1: 4, x, y
  kUncompressed = 4,
  kCurveBits = 256,
  kSignatureSize = 64,
  kAttempts = 4,  // one draw in 2^32 is no scalar
};

static psa_status_t status_of(int result) {
  switch (result) {
    case P256_SUCCESS:
      return PSA_SUCCESS;
    case P256_INVALID_SIGNATURE:
      return PSA_ERROR_INVALID_SIGNATURE;
    case P256_RANDOM_FAILED:
      return PSA_ERROR_INSUFFICIENT_ENTROPY;
    default:
      return PSA_ERROR_INVALID_ARGUMENT;
  }
}

static int is_pair(const psa_key_attributes_t* attributes) {
  return psa_get_key_type(attributes) == PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
}

psa_status_t p256_transparent_import_key(const psa_key_attributes_t* attributes, const uint8_t* data, size_t data_length,
                                         uint8_t* key_buffer, size_t key_buffer_size, size_t* key_buffer_length,
                                         size_t* bits) {
  const int pair = is_pair(attributes);
  if (!pair && psa_get_key_type(attributes) != PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)) {
    return PSA_ERROR_NOT_SUPPORTED;
  }
  if (data_length != (pair ? kScalarSize : kPointSize) || (*bits != 0 && *bits != kCurveBits) ||
      (!pair && data[0] != kUncompressed) ||
      (pair ? p256_validate_privkey(data) : p256_validate_pubkey(data + 1)) != P256_SUCCESS) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  if (key_buffer_size < data_length) return PSA_ERROR_BUFFER_TOO_SMALL;
  memcpy(key_buffer, data, data_length);
  *key_buffer_length = data_length;
  *bits = kCurveBits;
  return PSA_SUCCESS;
}

psa_status_t p256_transparent_export_public_key(const psa_key_attributes_t* attributes, const uint8_t* key_buffer,
                                                size_t key_buffer_size, uint8_t* data, size_t data_size,
                                                size_t* data_length) {
  if (!is_pair(attributes)) return PSA_ERROR_NOT_SUPPORTED;
  if (key_buffer_size != kScalarSize) return PSA_ERROR_INVALID_ARGUMENT;
  if (data_size < kPointSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  data[0] = kUncompressed;
  *data_length = kPointSize;
  return status_of(p256_public_from_private(data + 1, key_buffer));
}

psa_status_t p256_transparent_generate_key(const psa_key_attributes_t* attributes, uint8_t* key_buffer,
                                           size_t key_buffer_size, size_t* key_buffer_length) {
  (void)attributes;
  if (key_buffer_size != kScalarSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  *key_buffer_length = kScalarSize;
  for (int i = 0; i < kAttempts; ++i) {
    const psa_status_t status = psa_generate_random(key_buffer, kScalarSize);
    if (status != PSA_SUCCESS) return status;
    if (p256_validate_privkey(key_buffer) == P256_SUCCESS) return PSA_SUCCESS;
  }
  mbedtls_platform_zeroize(key_buffer, kScalarSize);
  return PSA_ERROR_INSUFFICIENT_ENTROPY;
}

psa_status_t p256_transparent_key_agreement(const psa_key_attributes_t* attributes, const uint8_t* key_buffer,
                                            size_t key_buffer_size, psa_algorithm_t alg, const uint8_t* peer_key,
                                            size_t peer_key_length, uint8_t* shared_secret, size_t shared_secret_size,
                                            size_t* shared_secret_length) {
  (void)attributes;
  (void)alg;
  if (key_buffer_size != kScalarSize || peer_key_length != kPointSize || peer_key[0] != kUncompressed) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  if (shared_secret_size < kScalarSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  *shared_secret_length = kScalarSize;
  return status_of(p256_ecdh_shared_secret(shared_secret, key_buffer, peer_key + 1));
}

psa_status_t p256_transparent_sign_hash(const psa_key_attributes_t* attributes, const uint8_t* key_buffer,
                                        size_t key_buffer_size, psa_algorithm_t alg, const uint8_t* hash,
                                        size_t hash_length, uint8_t* signature, size_t signature_size,
                                        size_t* signature_length) {
  (void)attributes;
  (void)alg;
  if (key_buffer_size != kScalarSize) return PSA_ERROR_INVALID_ARGUMENT;
  if (signature_size < kSignatureSize) return PSA_ERROR_BUFFER_TOO_SMALL;
  *signature_length = kSignatureSize;
  return status_of(p256_ecdsa_sign(signature, key_buffer, hash, hash_length));
}

psa_status_t p256_transparent_verify_hash(const psa_key_attributes_t* attributes, const uint8_t* key_buffer,
                                          size_t key_buffer_size, psa_algorithm_t alg, const uint8_t* hash,
                                          size_t hash_length, const uint8_t* signature, size_t signature_length) {
  (void)alg;
  // PSA lets a key pair verify, too; no one here does, and it would cost every image the conversion.
  if (is_pair(attributes) || key_buffer_size != kPointSize) return PSA_ERROR_NOT_SUPPORTED;
  if (signature_length != kSignatureSize) return PSA_ERROR_INVALID_SIGNATURE;
  return status_of(p256_ecdsa_verify(signature, key_buffer + 1, hash, hash_length));
}
